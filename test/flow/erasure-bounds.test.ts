import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, type Product, startProduct } from '../product.ts';
import { openScan, type Scan } from './table-scan.ts';

let product: Product;
let scan: Scan;

beforeAll(async () => {
  product = await startProduct();
  scan = openScan(product);
});
afterAll(async () => {
  scan.close();
  await product.stop();
});

const call = (method: string, path: string, body?: unknown) => product.request(method, path, { body });
const get = async (path: string) => (await call('GET', path)).body;

const made = async (path: string, body: unknown) => {
  const answer = await call('POST', path, body);
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body;
};

const erased = async (path: string) => {
  const { erasureId } = await made(`${path}/erase`, undefined);
  await eventually(
    () => get(`/v1/erasures/${erasureId}`),
    ({ status }) => status === 'done',
    60,
  );
};

const converted = async (lead: object) => {
  const { id } = await made('/v1/leads', lead);
  await made(`/v1/leads/${id}/qualify`, {});
  const { convertedTo } = await eventually(
    () => get(`/v1/leads/${id}`),
    (body) => body.convertedTo?.dealId !== undefined,
  );
  return { leadId: id, ...convertedTo };
};

const known = (email: string) =>
  eventually(
    () => get(`/v1/lookup?email=${email}`),
    ({ contactId }) => contactId !== undefined,
  );

const noTrace = async (...traces: readonly string[]) => {
  const left = await eventually(
    () => scan.itemsWith(traces),
    (items) => items.length === 0,
  );
  expect(left).toEqual([]);
};

describe('erasing a person leaves to others what is theirs:', () => {
  it('whoever shares one of its addresses', async () => {
    const office = { label: 'office', value: 'office@shared.example' };
    const person = await made('/v1/contacts', { lastName: 'Xylander', email: 'xylander@shared.example', emails: [office] });
    const boss = { label: 'boss', value: 'xylander@shared.example' };
    const { id: accountId } = await made('/v1/accounts', { name: 'Shared Ltd' });
    await call('POST', `/v1/contacts/${person.id}/move`, { accountId });
    const colleague = await made('/v1/contacts', { accountId, lastName: 'Ypsilon', email: 'y@shared.example', emails: [office, boss] });
    await known(office.value);
    const lead = await made('/v1/leads', { email: office.value, lastName: 'Office' });
    await erased(`/v1/contacts/${person.id}`);
    expect((await call('GET', `/v1/leads/${lead.id}`)).status).toBe(200);
    expect(await get(`/v1/contacts/${colleague.id}`)).toMatchObject({ lastName: 'Ypsilon', emails: [office] });
    await noTrace('xylander');
  });

  it('the contact that lists the address of an erased lead among others', async () => {
    const emails = [{ label: 'office', value: 'desk@listed.example' }];
    const contact = await made('/v1/contacts', { lastName: 'Zett', email: 'zett@listed.example', emails });
    await known('desk@listed.example');
    const lead = await made('/v1/leads', { email: 'desk@listed.example', lastName: 'Desk' });
    expect(lead.knownContactId).toBe(contact.id);
    await erased(`/v1/leads/${lead.id}`);
    expect((await call('GET', `/v1/contacts/${contact.id}`)).status).toBe(200);
  });

  it('who has an address by now that was once typed by mistake', async () => {
    const lead = await made('/v1/leads', { email: 'typo@corrected.example', lastName: 'Chris' });
    await call('PATCH', `/v1/leads/${lead.id}`, { email: 'right@corrected.example' });
    const other = await made('/v1/contacts', { email: 'typo@corrected.example', lastName: 'Innocent' });
    await known('typo@corrected.example');
    await erased(`/v1/leads/${lead.id}`);
    expect((await call('GET', `/v1/contacts/${other.id}`)).status).toBe(200);
  });

  it('our own people of the same name, who stay where their deals and tasks are listed', async () => {
    const owner = 'Ottokar Meier';
    const { leadId, dealId } = await converted({
      firstName: 'Ottokar',
      lastName: 'Ottensen',
      email: 'o@own.example',
      company: 'Own',
      owner,
    });
    await made(`/v1/deals/${dealId}/tasks`, { title: 'Call Ottokar', dueAt: '2030-01-01T00:00:00Z', assignee: owner });
    await erased(`/v1/leads/${leadId}`);
    expect((await get(`/v1/deals/${dealId}`)).owner).toBe(owner);
    expect((await get(`/v1/tasks?assignee=${encodeURIComponent(owner)}`)).data).toMatchObject([
      { title: 'Call [erased]', assignee: owner },
    ]);
  });

  it('the account of a relative, and what was written about that one', async () => {
    const { accountId, dealId } = await converted({ firstName: 'Peter', lastName: 'Familius', email: 'peter@familius.example' });
    await made(`/v1/deals/${dealId}/notes`, { body: 'He likes blue' });
    const relative = await made('/v1/contacts', { firstName: 'Petra', lastName: 'Familius', email: 'petra@familius.example', accountId });
    await erased(`/v1/contacts/${relative.id}`);
    expect((await get(`/v1/accounts/${accountId}`)).name).toBe('Peter Familius');
    expect((await get(`/v1/deals/${dealId}/notes`)).data).toMatchObject([{ body: 'He likes blue' }]);
  });
});

describe('erasing a person finds', () => {
  it('what events of its company, and the records of its colleagues, tell of it', async () => {
    const account = await made('/v1/accounts', {
      name: 'Told Ltd',
      emails: ['aemilian@told.example', 'not-aemilian@told.example'].map((value) => ({ label: 'mail', value })),
      customFields: { contact: 'Aegidius Aemilian' },
    });
    const person = { firstName: 'Aegidius', lastName: 'Aemilian', email: 'aemilian@told.example' };
    const contact = await made('/v1/contacts', { ...person, accountId: account.id });
    const colleague = {
      accountId: account.id,
      lastName: 'Other',
      email: 'other@told.example',
      customFields: { boss: 'Aegidius Aemilian' },
    };
    await made('/v1/contacts', colleague);
    await erased(`/v1/contacts/${contact.id}`);
    await noTrace('"aemilian@', 'aegidius');
    expect((await get(`/v1/accounts/${account.id}`)).emails).toMatchObject([{ value: 'not-aemilian@told.example' }]);
  });

  it('interactions that name its lead beside somebody else', async () => {
    const account = await made('/v1/accounts', { name: 'Beside Ltd' });
    const other = await made('/v1/contacts', { lastName: 'Beside', accountId: account.id });
    const lead = await made('/v1/leads', { lastName: 'Lachmann', email: 'lachmann@beside.example' });
    const words = { kind: 'call', subject: 'Zeisigruf', body: 'Zeisigruf' };
    await made('/v1/interactions', { ...words, leadId: lead.id, accountId: account.id });
    await made('/v1/interactions', { ...words, leadId: lead.id, contactId: other.id, externalId: 'zeisigruf-1' });
    await erased(`/v1/leads/${lead.id}`);
    await noTrace('zeisigruf', 'lachmann');
    expect((await get(`/v1/accounts/${account.id}/interactions/summary`)).total).toBe(2);
    expect((await get(`/v1/accounts/${account.id}/timeline?kind=call`)).data).toHaveLength(2);
  });

  it('lines in the timelines of those who were on a deal with it', async () => {
    const account = await made('/v1/accounts', { name: 'Elsewhere Ltd' });
    const [person, other] = [
      await made('/v1/contacts', { firstName: 'Coriander', lastName: 'Coburg', email: 'coburg@deal.example' }),
      await made('/v1/contacts', { lastName: 'Coy', email: 'coy@deal.example' }),
    ];
    const contacts = [{ contactId: person.id }, { contactId: other.id }];
    const deal = await made('/v1/deals', { name: 'Deal with Coriander Coburg', accountId: account.id, contacts });
    await made('/v1/interactions', { dealId: deal.id, kind: 'call', subject: 'with Coburg' });
    await eventually(
      () => get(`/v1/contacts/${person.id}/timeline`),
      ({ data }) => data.some(({ type }: { type: string }) => type === 'DealCreated'),
    );
    await erased(`/v1/contacts/${person.id}`);
    await noTrace('coriander', 'coburg');
  });

  it('whatever was written about an account and a deal that are nobody but the person', async () => {
    const { leadId, accountId, dealId } = await converted({ firstName: 'Ingomar', lastName: 'Ingolstadt', email: 'ingomar@alone.example' });
    await made('/v1/interactions', { accountId, kind: 'note', subject: 'Finkenschlag', body: 'Finkenschlag' });
    await made('/v1/interactions', { dealId, kind: 'note', subject: 'Finkenschlag' });
    await call('PATCH', `/v1/accounts/${accountId}`, { segment: 'Finkenschlag' });
    await eventually(
      () => get(`/v1/deals/${dealId}/timeline`),
      ({ data }) => data.some(({ type }: { type: string }) => type === 'InteractionLogged'),
    );
    await erased(`/v1/leads/${leadId}`);
    await noTrace('finkenschlag', 'ingomar');
  });

  it('what is left of its records that were deleted before', async () => {
    const person = { email: 'dele@before.example', lastName: 'Delmenhorst' };
    const lead = await made('/v1/leads', person);
    await call('DELETE', `/v1/leads/${lead.id}`);
    const contact = await made('/v1/contacts', person);
    await made('/v1/interactions', { contactId: contact.id, kind: 'note', body: 'Delmenhorst' });
    await call('DELETE', `/v1/contacts/${contact.id}`);
    const present = await made('/v1/leads', person);
    await erased(`/v1/leads/${present.id}`);
    await noTrace('delmenhorst', 'dele@before.example');
  });
});
