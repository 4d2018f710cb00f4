import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Erasure } from '#contracts/resources/erasure.ts';
import { busOf, eventually, type Product, startProduct } from '../product.ts';
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

const made = async (path: string, body: unknown) => {
  const answer = await call('POST', path, body);
  expect(answer.status, answer.text).toBeLessThan(300);
  return answer.body;
};

const proofOf = async (erasureId: string): Promise<Erasure> =>
  await eventually(
    async () => (await call('GET', `/v1/erasures/${erasureId}`)).body,
    ({ status }) => status === 'done',
    60,
  );

const converted = async (leadId: string) => {
  await made(`/v1/leads/${leadId}/qualify`, { reason: 'asked for a quote' });
  const { body } = await eventually(
    () => call('GET', `/v1/leads/${leadId}`),
    ({ body: lead }) => lead.convertedTo?.dealId !== undefined,
  );
  return body.convertedTo;
};

const sourceRow = async (source: string) => {
  const { body } = await call('GET', '/v1/reports/sources');
  return body.data.find((row: { source: string }) => row.source === source);
};

describe('erasing a person', () => {
  it('leaves no trace in any service, and leaves what is counted as it was', async () => {
    const traces = [
      'zerline',
      'quastenberg',
      '7946 0733',
      '79460733',
      'kanarienbotschaft',
      'kanariengespräch',
      'kanariennotiz',
      '203.0.113.77',
    ];
    const form = await made('/v1/forms', { name: 'Contact', source: 'kiosk', campaign: 'autumn', honeypotField: 'trap' });
    const person = {
      name: 'Zerline Quastenberg',
      email: 'zerline@orgelbau.example',
      company: 'Orgelbau Nord GmbH',
      phone: '+44 20 7946 0733',
      message: 'Kanarienbotschaft',
    };
    const submit = (fields: Record<string, string>) =>
      product.request('POST', `/v1/forms/${form.id}/submissions`, { body: new URLSearchParams(fields), key: null });
    await submit(person);
    await submit({ ...person, message: 'Kanarienbotschaft, once more' });
    await submit({ ...person, trap: 'filled' });
    const csv = `email,lastName,phone\nzerline@orgelbau.example,Quastenberg,1\nbroken,Other,2\n`;
    const imported = await product.request('POST', '/v1/imports?onDuplicate=reject', {
      body: csv,
      headers: { 'content-type': 'text/csv' },
    });
    expect(imported.status, imported.text).toBe(202);
    await eventually(
      () => call('GET', `/v1/imports/${imported.body.id}`),
      ({ body }) => body.status === 'done',
    );
    const { body: found } = await call('GET', '/v1/leads?email=zerline@orgelbau.example');
    const leadId = found.data[0].id;
    const key = { 'idempotency-key': 'kanarien-1' };
    const kept = {
      body: { leadId, kind: 'call', subject: 'Kanariengespräch', body: 'Kanariengespräch', externalId: 'call-1' },
      headers: key,
    };
    expect((await product.request('POST', '/v1/interactions', kept)).status).toBe(201);
    const { contactId, accountId, dealId } = await converted(leadId);
    const colleague = await made('/v1/contacts', { accountId, firstName: 'Other', lastName: 'Colleague', email: 'other@orgelbau.example' });
    await made('/v1/interactions', { contactId, kind: 'email', direction: 'inbound', subject: 'Kanariengespräch' });
    await made('/v1/interactions', { contactId: colleague.id, kind: 'note', body: 'Ask Zerline Quastenberg first' });
    await made(`/v1/deals/${dealId}/notes`, { body: 'Quastenberg is away, call +44 20 79460733' });
    await made(`/v1/deals/${dealId}/tasks`, { title: 'Call Zerline', dueAt: '2030-01-01T10:00:00Z' });
    expect((await call('PATCH', `/v1/contacts/${contactId}`, { email: 'z.quastenberg@orgelbau.example' })).status).toBe(200);
    expect(
      (await call('PATCH', `/v1/deals/${dealId}`, { name: 'Organ for Zerline', amount: { amount: 5000, currency: 'EUR' } })).status,
    ).toBe(200);
    // She comes back: a lead that is not converted, and one merged into it.
    await submit({ name: 'Z. Quastenberg', email: 'z.quastenberg@orgelbau.example', message: 'Kanarienbotschaft again' });
    await made('/v1/leads', { email: 'someone@else.example', lastName: 'Else', source: 'kiosk', campaign: 'autumn' });
    await eventually(
      () => sourceRow('kiosk'),
      (row) => row?.leads === 3 && row.converted === 1,
    );
    const before = await sourceRow('kiosk');
    expect((await scan.itemsWith(traces)).length).toBeGreaterThan(20);

    const erased = await call('POST', `/v1/leads/${leadId}/erase`);
    expect(erased.status).toBe(202);
    const { erasureId } = erased.body;
    expect(erasureId).toMatch(/^era_/);
    expect((await call('GET', `/v1/leads/${leadId}`)).status).toBe(404);
    expect((await call('GET', `/v1/erasures/${erasureId}`)).status).toBe(200);

    const proof = await proofOf(erasureId);
    expect(proof.cleaned.map(({ service }) => service)).toEqual(['intake', 'qualification', 'accounts', 'deals', 'platform']);
    for (const { service, records } of proof.cleaned) if (service !== 'platform') expect(records, service).toBeGreaterThan(0);
    expect(proof.expires.length).toBeGreaterThan(3);
    await eventually(
      () => scan.itemsWith(traces),
      (left) => left.length === 0,
    );

    expect((await call('GET', `/v1/contacts/${contactId}`)).status).toBe(404);
    expect((await call('GET', '/v1/lookup?email=zerline@orgelbau.example')).body.standing).toBe('unknown');
    expect((await call('GET', '/v1/lookup?email=z.quastenberg@orgelbau.example')).body.standing).toBe('unknown');
    const { body: timeline } = await call('GET', `/v1/accounts/${accountId}/timeline?limit=100`);
    expect(timeline.data.length).toBeGreaterThan(5);
    expect((await call('GET', `/v1/deals/${dealId}`)).body).toMatchObject({
      name: 'Organ for [erased]',
      contacts: [],
      amount: { amount: 5000 },
    });
    expect((await call('GET', `/v1/contacts/${colleague.id}`)).status).toBe(200);
    expect(await sourceRow('kiosk')).toEqual(before);

    // What happens later to what stays still counts, for nobody.
    expect((await call('POST', `/v1/deals/${dealId}/win`)).status).toBe(200);
    await eventually(
      () => sourceRow('kiosk'),
      (row) => row.won === 1 && row.wonAmount[0]?.amount === 5000,
    );
    expect(await scan.itemsWith(traces)).toEqual([]);
  });

  it('erases a contact with its account where that is the person, and forgets whom it looked for', async () => {
    const traces = ['walpurga', 'trauttenburg'];
    const lead = await made('/v1/leads', {
      firstName: 'Walpurga',
      lastName: 'Trauttenburg',
      email: 'w@trauttenburg.example',
      interest: 'a piano',
    });
    const { contactId, accountId, dealId } = await converted(lead.id);
    await made(`/v1/deals/${dealId}/notes`, { body: 'Lives on the third floor' });
    const { body } = await call('POST', `/v1/contacts/${contactId}/erase`);
    await proofOf(body.erasureId);
    await eventually(
      () => scan.itemsWith([...traces, 'third floor']),
      (left) => left.length === 0,
    );
    expect((await call('GET', `/v1/accounts/${accountId}`)).body).toMatchObject({ name: '[erased]', contactCount: 0, openDeals: 1 });
    expect((await call('GET', `/v1/deals/${dealId}`)).body.name).toBe('[erased] – a piano');
    expect((await call('GET', `/v1/leads/${lead.id}`)).status).toBe(404);
    // The address is free: whoever comes under it is somebody new.
    const again = await made('/v1/leads', { email: 'w@trauttenburg.example', lastName: 'New' });
    expect(again.knownContactId).toBeUndefined();
    expect(again.id).not.toBe(lead.id);
  });

  it('stays gone, and counts nothing again, when every event of the past is replayed', async () => {
    const traces = ['leonhardine', 'zwickelsdorf'];
    const lead = await made('/v1/leads', {
      firstName: 'Leonhardine',
      lastName: 'Zwickelsdorf',
      email: 'leonhardine@glocken-sued.example',
      company: 'Glocken Süd AG',
      phone: '+49 30 90182 4455',
      source: 'replayed',
    });
    await made('/v1/interactions', { leadId: lead.id, kind: 'call', subject: 'with Leonhardine' });
    const { contactId, accountId, dealId } = await converted(lead.id);
    await made(`/v1/contacts/${contactId}/move`, { accountId: null });
    await made(`/v1/contacts/${contactId}/move`, { accountId });
    await call('PATCH', `/v1/deals/${dealId}`, { amount: { amount: 700, currency: 'EUR' } });
    await call('POST', `/v1/deals/${dealId}/win`);
    const account = async () => (await call('GET', `/v1/accounts/${accountId}`)).body;
    await eventually(account, ({ wonDeals }) => wonDeals === 1);
    await eventually(
      () => sourceRow('replayed'),
      (row) => row?.won === 1,
    );
    const past = (await scan.everything()).filter(({ kind }) => kind === 'event');
    const { body } = await call('POST', `/v1/contacts/${contactId}/erase`);
    await proofOf(body.erasureId);
    const before = { account: await account(), row: await sourceRow('replayed') };

    const bus = busOf(product);
    for (let i = 0; i < past.length; i += 10) {
      const Entries = past.slice(i, i + 10).map(({ data }) => {
        const { source, detailType, detail } = data as { source: string; detailType: string; detail: unknown };
        return { EventBusName: 'leadline-local', Source: source, DetailType: detailType, Detail: JSON.stringify(detail) };
      });
      expect((await bus.send(new PutEventsCommand({ Entries }))).FailedEntryCount).toBe(0);
    }
    bus.destroy();
    // What is said after them is heard after them, as far as one queue goes.
    const witness = await made('/v1/leads', { email: 'witness@replay.example', lastName: 'Witness' });
    await converted(witness.id);
    await eventually(
      () => call('GET', '/v1/admin/dead-letters'),
      ({ body: letters }) => letters.data.length === 0,
    );
    expect(await scan.itemsWith(traces)).toEqual([]);
    expect({ account: await account(), row: await sourceRow('replayed') }).toEqual(before);
  });

  it('refuses to erase what is not there, and erases once', async () => {
    const lead = await made('/v1/leads', { email: 'once@erased.example' });
    const answers = await Promise.all([1, 2, 3].map(() => call('POST', `/v1/leads/${lead.id}/erase`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 404, 404]);
    expect((await call('GET', '/v1/erasures/era_01J00000000000000000000000')).status).toBe(404);
    expect((await call('POST', '/v1/contacts/cont_01J00000000000000000000000/erase')).status).toBe(404);
  });
});
