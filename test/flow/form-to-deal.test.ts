import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Product, startProduct } from '../product.ts';

let product: Product;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(async () => {
  await product.stop();
});

const contactForm = async () =>
  (await product.client.call('createForm', { body: { name: 'Contact us', source: 'website', campaign: 'spring', tags: ['Web'] } })).body;

const leadByEmail = async (email: string) => {
  const { body } = await product.client.call('listLeads', { query: { email } });
  return body.data[0];
};

const postForm = async (formId: string, fields: Record<string, string>) =>
  await product.request('POST', `/v1/forms/${formId}/submissions`, { body: new URLSearchParams(fields), key: null });

const lead = async (leadId: string) => (await product.client.call('getLead', { params: { leadId } })).body;

describe('the way from a web form to a deal', () => {
  it('makes a lead of a browser form post, converts it once it is qualified, and makes the account a customer when its deal is won', async () => {
    const form = await contactForm();
    const receipt = await postForm(form.id, {
      name: 'Ada Maria Lovelace',
      email: 'Ada@Analytical.example',
      company: 'Analytical Engines Ltd',
      jobTitle: 'CTO',
      phone: '+44 20 7946 0958',
      interest: 'Difference engine',
      budget: '50000',
    });
    expect(receipt.status).toBe(202);
    expect(receipt.body).toEqual({ submissionId: expect.stringMatching(/^sub_/), receivedAt: expect.any(String) });

    const captured = await leadByEmail('ada@analytical.example');
    if (!captured) throw new Error('the lead is not found by its e-mail right after the form post');
    expect(captured).toMatchObject({
      firstName: 'Ada Maria',
      lastName: 'Lovelace',
      email: 'ada@analytical.example',
      phone: '+44 20 7946 0958',
      phoneE164: '+442079460958',
      source: 'website',
      campaign: 'spring',
      channel: 'web-form',
      tags: ['web'],
      status: 'new',
      touches: 1,
      customFields: { budget: '50000' },
    });

    const scored = await eventually(
      () => lead(captured.id),
      ({ score }) => score > 0,
    );
    expect(scored.rating).not.toBe('cold');
    const { body: standing } = await product.client.call('getQualification', { params: { leadId: captured.id } });
    expect(standing.contributions.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(standing.score, 5);

    const qualified = await product.client.call('qualifyLead', { params: { leadId: captured.id }, body: { reason: 'asked for a quote' } });
    expect(qualified.status).toBe(202);
    expect(qualified.body.status).toBe('qualified');
    expect((await lead(captured.id)).status).not.toBe('new');

    const converted = await eventually(
      () => lead(captured.id),
      ({ convertedTo }) => convertedTo?.dealId !== undefined,
    );
    expect(converted).toMatchObject({ status: 'converted', conversion: { status: 'done' }, lifecycleStage: 'sql' });
    const { contactId = '', accountId = '', dealId = '' } = converted.convertedTo ?? {};

    const { body: contact } = await product.client.call('getContact', { params: { contactId } });
    expect(contact).toMatchObject({
      firstName: 'Ada Maria',
      lastName: 'Lovelace',
      email: 'ada@analytical.example',
      accountId,
      leadId: captured.id,
    });
    const { body: account } = await product.client.call('getAccount', { params: { accountId } });
    expect(account).toMatchObject({ name: 'Analytical Engines Ltd', kind: 'business', type: 'prospect', contactCount: 1 });
    const { body: deal } = await product.client.call('getDeal', { params: { dealId } });
    expect(deal).toMatchObject({
      name: 'Analytical Engines Ltd – Difference engine',
      status: 'open',
      accountId,
      leadId: captured.id,
      contacts: [{ contactId }],
      source: 'website',
      campaign: 'spring',
      probability: 10,
    });

    await product.client.call('winDeal', { params: { dealId } });
    const customer = await eventually(
      async () => (await product.client.call('getAccount', { params: { accountId } })).body,
      ({ type }) => type === 'customer',
    );
    expect(customer).toMatchObject({ wonDeals: 1, openDeals: 0 });
    const won = await eventually(
      () => lead(captured.id),
      ({ lifecycleStage }) => lifecycleStage === 'customer',
    );
    expect(won.status).toBe('converted');

    const { body: timeline } = await product.client.call('listLeadTimeline', { params: { leadId: captured.id }, query: { limit: 100 } });
    const types = timeline.data.map(({ type }) => type);
    expect(types).toContain('LeadScored');
    for (const type of ['LeadCaptured', 'LeadQualified', 'LeadConverted', 'DealCreated', 'DealWon']) {
      expect(types.filter((other) => other === type)).toHaveLength(1);
    }
    expect(types.at(-1)).toBe('LeadCaptured');
  });

  it('keeps the request id of the form post as the correlation id of everything that follows', async () => {
    const form = await contactForm();
    await product.request('POST', `/v1/forms/${form.id}/submissions`, {
      body: { email: 'trace@follow.example', lastName: 'Trace' },
      headers: { 'x-request-id': 'follow-me.1' },
      key: null,
    });
    const captured = await leadByEmail('trace@follow.example');
    const entries = await eventually(
      async () => (await product.client.call('listLeadTimeline', { params: { leadId: captured?.id ?? '' } })).body.data,
      (data) => data.some(({ type }) => type === 'LeadScored'),
    );
    expect(new Set(entries.map(({ correlationId }) => correlationId))).toEqual(new Set(['follow-me.1']));
  });

  it('gives one account for eight leads of one company that are qualified at once', async () => {
    const emails = Array.from({ length: 8 }, (_, index) => `buyer${index}@octopus.example`);
    const ids = await Promise.all(
      emails.map(
        async (email) => (await product.client.call('createLead', { body: { email, lastName: 'Buyer', company: 'Octopus GmbH' } })).body.id,
      ),
    );
    await Promise.all(ids.map((leadId) => product.client.call('qualifyLead', { params: { leadId } })));
    const accounts = await Promise.all(
      ids.map(
        async (id) =>
          (
            await eventually(
              () => lead(id),
              ({ convertedTo }) => convertedTo?.dealId !== undefined,
            )
          ).convertedTo?.accountId,
      ),
    );
    expect(new Set(accounts).size).toBe(1);
    const { body } = await eventually(
      () => product.client.call('getAccount', { params: { accountId: accounts[0] ?? '' } }),
      (reply) => reply.body.openDeals === 8,
    );
    expect(body).toMatchObject({ contactCount: 8, openDeals: 8 });
  });

  it('touches the lead that holds the address instead of making another, and counts a double click once', async () => {
    const form = await contactForm();
    const fields = { email: 'twice@click.example', name: 'Twice Click' };
    const [first, second] = await Promise.all([postForm(form.id, fields), postForm(form.id, fields)]);
    expect(second.body.submissionId).toBe(first.body.submissionId);
    await postForm(form.id, { ...fields, company: 'Click Inc' });
    const captured = await leadByEmail('twice@click.example');
    expect(captured).toMatchObject({ touches: 2, company: 'Click Inc', lastName: 'Click' });
  });

  it('makes one lead with forty touches of forty captures of one person at once', async () => {
    const form = (await product.client.call('createForm', { body: { name: 'Busy', source: 'fair', submissionsPerMinute: 0 } })).body;
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => postForm(form.id, { email: 'one@person.example', message: `visit ${index}` })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, () => 202));
    expect(await leadByEmail('one@person.example')).toMatchObject({ touches: 40 });
  });

  it('keeps a filled honeypot as spam without a lead, with the same answer as any other', async () => {
    const form = await contactForm();
    const answer = await postForm(form.id, { email: 'bot@spam.example', website_url: 'http://spam.example' });
    expect(answer.status).toBe(202);
    expect(await leadByEmail('bot@spam.example')).toBeUndefined();
    const { body } = await eventually(
      () => product.client.call('listSubmissions', { query: { formId: form.id, status: 'spam' } }),
      (reply) => reply.body.data.length === 1,
    );
    const spam = body.data[0];
    await product.client.call('releaseSubmission', { params: { submissionId: spam?.id ?? '' } });
    expect(await leadByEmail('bot@spam.example')).toMatchObject({ source: 'website' });
  });

  it('opens a new lead for a customer who comes back, and says which contact it is', async () => {
    const { id } = (await product.client.call('createLead', { body: { email: 'back@again.example', lastName: 'Again' } })).body;
    await product.client.call('qualifyLead', { params: { leadId: id }, body: { createDeal: false } });
    const { convertedTo } = await eventually(
      () => lead(id),
      ({ status }) => status === 'converted',
    );
    const returned = await eventually(
      async () => await product.request('POST', '/v1/leads', { body: { email: 'back@again.example', lastName: 'Again' } }),
      ({ status }) => status === 201,
    );
    expect(returned.body).toMatchObject({ knownContactId: convertedTo?.contactId, status: 'new' });
    expect(returned.body.id).not.toBe(id);
  });
});
