import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContactCreated } from '#contracts/events/accounts.ts';
import { LeadScored } from '#contracts/events/qualification.ts';
import { accountRecordKey, contactRecordKey } from '#contracts/records/account.ts';
import { qualificationRecordKey } from '#contracts/records/qualification.ts';
import { AccountState, Contact } from '#contracts/resources/account.ts';
import { newId } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { serveIntake } from './api.ts';
import { consumeForIntake } from './events.ts';

const open = () => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveIntake(edge));
  const lead = async (body: Record<string, unknown>) => {
    edge.clock.advance(1_000);
    const answer = await call('POST', '/v1/leads', { body });
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const standing = (leadId: string, status: string, score = 0) => {
    const { pk, sk } = qualificationRecordKey(leadId);
    edge.table.seed({
      pk,
      sk,
      kind: 'qualification',
      data: {
        standing: { status, lifecycleStage: 'lead', score, rating: 'cold' },
        actions: 1,
        updatedAt: new Date(edge.now()).toISOString(),
      },
    });
  };
  return { edge, call, lead, standing };
};

const merge = (call: ReturnType<typeof open>['call'], id: string, sourceId: string) =>
  call('POST', `/v1/leads/${id}/merge`, { body: { sourceId } });

describe('a batch of leads', () => {
  it('is handled in order, each for itself, with the status it would have had alone', async () => {
    const { call, lead } = open();
    const known = await lead({ email: 'known@example.com' });
    const answer = await call('POST', '/v1/leads/batch', {
      body: {
        leads: [
          { email: 'a@example.com' },
          { email: 'nonsense' },
          { email: 'known@example.com' },
          { email: 'A@example.com' },
          { lastName: 'B' },
          7,
        ],
      },
    });
    expect(answer.status).toBe(200);
    const { results } = answer.body;
    expect(results.map(({ index, status }: { index: number; status: number }) => [index, status])).toEqual([
      [0, 201],
      [1, 422],
      [2, 409],
      [3, 409],
      [4, 201],
      [5, 422],
    ]);
    expect(results[1].problem).toMatchObject({ type: '/problems/invalid', errors: [{ pointer: '/email' }] });
    expect(results[2].problem).toMatchObject({ type: '/problems/duplicate', existingId: known.id });
    expect(results[3].problem.existingId).toBe(results[0].id);
  });

  it('touches whom it knows when asked to merge', async () => {
    const { call, lead } = open();
    const known = await lead({ email: 'known@example.com' });
    const { results } = (
      await call('POST', '/v1/leads/batch', {
        body: {
          onDuplicate: 'merge',
          leads: [
            { email: 'known@example.com', lastName: 'Known' },
            { email: 'known@example.com', company: 'Acme' },
          ],
        },
      })
    ).body;
    expect(results).toEqual([0, 1].map((index) => ({ index, status: 200, id: known.id })));
    expect((await call('GET', `/v1/leads/${known.id}`)).body).toMatchObject({ lastName: 'Known', company: 'Acme', touches: 3 });
  });

  it('takes a hundred and refuses none or a hundred and one', async () => {
    const { call } = open();
    const leads = Array.from({ length: 100 }, (_, i) => ({ email: `p${i}@example.com`, lastName: `P${i}`, company: 'Acme' }));
    const { results } = (await call('POST', '/v1/leads/batch', { body: { leads } })).body;
    expect(results.map(({ status }: { status: number }) => status)).toEqual(leads.map(() => 201));
    expect((await call('GET', '/v1/leads?limit=100')).body.data).toHaveLength(100);
    for (const wrong of [[], [...leads, { lastName: 'X' }]])
      expect((await call('POST', '/v1/leads/batch', { body: { leads: wrong } })).status).toBe(422);
  });

  it('that was cut short goes on under its Idempotency-Key and makes nobody twice, not even those without an e-mail', async () => {
    const { edge, call } = open();
    const leads = Array.from({ length: 45 }, (_, i) => ({ lastName: `P${i}` }));
    const request = { body: { leads }, headers: { 'idempotency-key': 'batch-1' } };
    const commit = edge.table.commit;
    let commits = 0;
    Object.assign(edge.table, {
      commit: (...given: Parameters<typeof commit>) => {
        commits += 1;
        if (commits === 3) throw new Error('the function was killed');
        return commit(...given);
      },
    });
    expect((await call('POST', '/v1/leads/batch', request)).status).toBe(500);
    const again = await call('POST', '/v1/leads/batch', request);
    expect(again.status).toBe(200);
    expect(again.body.results).toHaveLength(45);
    expect((await call('GET', '/v1/leads?limit=100')).body.data).toHaveLength(45);
    const replay = await call('POST', '/v1/leads/batch', request);
    expect(replay.headers['idempotency-replayed']).toBe('true');
    expect(replay.body).toEqual(again.body);
    expect((await call('POST', '/v1/leads/batch', { ...request, body: { leads: [{ lastName: 'X' }] } })).status).toBe(422);
  });
});

describe('duplicates of a lead', () => {
  it('are found by e-mail, phone and name with company, each with its reasons', async () => {
    const { edge, call, lead } = open();
    const first = await lead({
      email: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'Lovelace',
      company: 'Bábbage & Co.',
      phone: '+44 20 7946 0958',
    });
    const phone = await lead({ lastName: 'Other', phone: '020 7946 0958', country: 'GB' });
    const both = await lead({ firstName: 'ADA', lastName: 'lovelace', company: 'babbage  co', phone: '+442079460958' });
    await lead({ firstName: 'Ada', lastName: 'Lovelace' });
    const { data } = (await call('GET', `/v1/leads/${first.id}/duplicates`)).body;
    expect(data.map(({ id, reasons }: { id: string; reasons: string[] }) => [id, reasons])).toEqual([
      [both.id, ['phone', 'name+company']],
      [phone.id, ['phone']],
    ]);
    expect(data[0].lead).toMatchObject({ id: both.id, lastName: 'lovelace' });
    const one = (await call('GET', `/v1/leads/${first.id}/duplicates?limit=1`)).body;
    const two = (await call('GET', `/v1/leads/${first.id}/duplicates?limit=1&cursor=${one.nextCursor}`)).body;
    expect([one.data[0].id, two.data[0].id, two.nextCursor]).toEqual([both.id, phone.id, null]);
    await call('PATCH', `/v1/leads/${both.id}`, { body: { company: 'Analytical', phone: null } });
    await call('DELETE', `/v1/leads/${phone.id}`);
    expect((await call('GET', `/v1/leads/${first.id}/duplicates`)).body.data).toEqual([]);
    expect(edge.table.items('touch').find(({ pk }) => pk.endsWith(phone.id))?.indexes ?? {}).toEqual({});
  });
});

describe('a merge', () => {
  it('fills blanks, unites tags, touches and timelines, and redirects whoever asks for the source', async () => {
    const { call, lead } = open();
    const source = await lead({ email: 'old@example.com', lastName: 'Source', company: 'Acme', tags: ['a', 'b'], phone: '+4930123456' });
    const target = await lead({ email: 'new@example.com', lastName: 'Target', tags: ['b', 'c'] });
    const merged = await merge(call, target.id, source.id);
    expect(merged.status).toBe(200);
    expect(merged.body).toMatchObject({
      id: target.id,
      email: 'new@example.com',
      lastName: 'Target',
      company: 'Acme',
      phoneE164: '+4930123456',
      tags: ['b', 'c', 'a'],
      touches: 2,
      version: 2,
    });
    expect((await call('GET', `/v1/leads/${target.id}`)).body).toEqual(merged.body);
    for (const path of ['', '/timeline', '/touches', '/duplicates']) {
      const answer = await call('GET', `/v1/leads/${source.id}${path}`);
      expect([answer.status, answer.headers.location]).toEqual([301, `/v1/leads/${target.id}${path}`]);
    }
    for (const [method, path, body] of [
      ['PATCH', '', { lastName: 'X' }],
      ['DELETE', '', undefined],
      ['POST', '/merge', { sourceId: target.id }],
    ] as const) {
      const answer = await call(method, `/v1/leads/${source.id}${path}`, { body });
      expect([answer.status, answer.body.type, answer.body.mergedInto]).toEqual([409, '/problems/merged', target.id]);
    }
    const touches = (await call('GET', `/v1/leads/${target.id}/touches`)).body.data;
    expect(touches.map(({ at }: { at: string }) => at)).toEqual([source.createdAt, target.createdAt]);
    const types = (await call('GET', `/v1/leads/${target.id}/timeline`)).body.data.map(({ type }: { type: string }) => type);
    expect(types.toSorted()).toEqual(['LeadCaptured', 'LeadCaptured', 'LeadMerged', 'LeadUpdated']);
    expect((await call('GET', '/v1/leads')).body.data.map(({ id }: { id: string }) => id)).toEqual([target.id]);
    // The source's address is a former one: it tells who wrote, and is free.
    expect((await call('GET', '/v1/lookup?email=old@example.com')).body).toEqual({ standing: 'lead', leadId: target.id });
    expect((await call('POST', '/v1/leads', { body: { email: 'old@example.com' } })).status).toBe(201);
  });

  it('gives the source’s e-mail to a survivor that had none', async () => {
    const { call, lead } = open();
    const source = await lead({ email: 'only@example.com' });
    const target = await lead({ lastName: 'Target' });
    expect((await merge(call, target.id, source.id)).body.email).toBe('only@example.com');
    const again = await call('POST', '/v1/leads', { body: { email: 'only@example.com' } });
    expect([again.status, again.body.existingId]).toEqual([409, target.id]);
  });

  it('leads along a chain to the final survivor, and to nothing once that is deleted', async () => {
    const { call, lead } = open();
    const [a, b, c] = [await lead({ lastName: 'A' }), await lead({ lastName: 'B' }), await lead({ lastName: 'C' })];
    await merge(call, b.id, a.id);
    await merge(call, c.id, b.id);
    expect((await call('GET', `/v1/leads/${a.id}`)).headers.location).toBe(`/v1/leads/${c.id}`);
    const named = await merge(call, c.id, a.id);
    expect([named.status, named.body.mergedInto]).toEqual([409, c.id]);
    expect((await call('GET', `/v1/leads/${c.id}/touches`)).body.data).toHaveLength(3);
    await call('DELETE', `/v1/leads/${c.id}`);
    expect((await call('GET', `/v1/leads/${a.id}`)).status).toBe(404);
    expect((await call('PATCH', `/v1/leads/${a.id}`, { body: { lastName: 'X' } })).status).toBe(404);
  });

  it('is refused with itself, an unknown source, and a lead that is qualified or converted', async () => {
    const { call, lead, standing } = open();
    const a = await lead({ lastName: 'A' });
    const b = await lead({ lastName: 'B' });
    expect((await merge(call, a.id, a.id)).status).toBe(422);
    const unknown = await merge(call, a.id, newId('lead', testNow));
    expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([422, '/sourceId']);
    for (const status of ['qualified', 'converted']) {
      standing(b.id, status);
      for (const [target, source] of [
        [a.id, b.id],
        [b.id, a.id],
      ] as const) {
        const answer = await merge(call, target, source);
        expect([answer.status, answer.body.type]).toEqual([409, '/problems/not-mergeable']);
      }
    }
    standing(b.id, 'disqualified');
    expect((await call('POST', `/v1/leads/${a.id}/merge`, { body: { sourceId: b.id }, headers: { 'if-match': '"7.0"' } })).status).toBe(
      412,
    );
    expect((await merge(call, a.id, b.id)).status).toBe(200);
  });

  it('and its opposite at the same moment end with one survivor', async () => {
    const { edge, call, lead } = open();
    const a = await lead({ lastName: 'A' });
    const b = await lead({ lastName: 'B' });
    edge.table.interfere(() => merge(call, b.id, a.id));
    const late = await merge(call, a.id, b.id);
    expect([late.status, late.body.mergedInto]).toEqual([409, b.id]);
    expect((await call('GET', '/v1/leads')).body.data.map(({ id }: { id: string }) => id)).toEqual([b.id]);
  });

  it('overwrites nothing, loses no tag and no touch, whatever the leads say', async () => {
    const text = fc.string({ minLength: 1, maxLength: 20 }).filter((value) => /^[\p{L}\p{N} ]*[\p{L}\p{N}]$/u.test(value.trim()));
    const some = fc.record(
      {
        firstName: text,
        company: text,
        jobTitle: text,
        interest: text,
        tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }),
        customFields: fc.dictionary(fc.constantFrom('x', 'y', 'z'), fc.integer(), { maxKeys: 3 }),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(some, some, async (ours, theirs) => {
        const { call, lead } = open();
        const target = await lead({ lastName: 'T', ...ours });
        const source = await lead({ lastName: 'S', ...theirs });
        const { body } = await merge(call, target.id, source.id);
        for (const name of ['firstName', 'company', 'jobTitle', 'interest']) expect(body[name]).toEqual(target[name] ?? source[name]);
        expect(new Set(body.tags)).toEqual(new Set([...target.tags, ...source.tags]));
        expect(body.customFields).toEqual(
          target.customFields === undefined && source.customFields === undefined
            ? undefined
            : { ...source.customFields, ...target.customFields },
        );
        expect(body.touches).toBe(2);
        expect((await call('GET', `/v1/leads/${target.id}/touches`)).body.data).toHaveLength(2);
      }),
      { numRuns: 40 },
    );
  });
});

describe('leads by score', () => {
  it('come with the highest first, the newest among equals, in pages', async () => {
    const { edge, call, lead } = open();
    const leads = [
      await lead({ lastName: 'A' }),
      await lead({ lastName: 'B' }),
      await lead({ lastName: 'C' }),
      await lead({ lastName: 'D', tags: ['x'] }),
    ];
    const consume = consumeForIntake(edge);
    for (const [index, score] of [
      [0, 9.5],
      [1, 100],
      [2, 0],
      [3, 0],
    ] as const) {
      const standing = { status: 'new', lifecycleStage: 'lead', score, rating: 'cold', actions: 0 };
      const data = { score, rating: 'cold', lifecycleStage: 'lead', previous: null, criteriaVersion: 1, standing };
      const event = busEvent({ source: 'qualification', contract: LeadScored, subject: leads[index]?.id, data });
      expect((await consume(queueEvent([event]), testContext())).batchItemFailures).toEqual([]);
    }
    const order = async (query: string) => (await call('GET', `/v1/leads?sort=-score${query}`)).body;
    const names = (list: { data: { lastName: string }[] }) => list.data.map(({ lastName }) => lastName).join('');
    expect(names(await order(''))).toBe('BADC');
    const first = await order('&limit=3');
    expect(names(first) + names(await order(`&limit=3&cursor=${first.nextCursor}`))).toBe('BADC');
    expect(names(await order('&tag=x'))).toBe('D');
  });
});

describe('lookup', () => {
  const contactOf = (fields: object) => ({
    id: newId('contact', testNow),
    emails: [],
    phones: [],
    addresses: [],
    tags: [],
    formerAccounts: [],
    formerEmails: [],
    createdAt: new Date(testNow).toISOString(),
    updatedAt: new Date(testNow).toISOString(),
    version: 1,
    ...fields,
  });

  it('knows a lead by e-mail or phone, and says when somebody is unknown', async () => {
    const { call, lead } = open();
    const { id } = await lead({ email: 'ada@example.com', phone: '+44 20 7946 0958' });
    for (const query of ['email=ADA@example.com', 'phone=%2B442079460958', 'email=nobody@example.com&phone=%2B44%2020%207946%200958'])
      expect((await call('GET', `/v1/lookup?${query}`)).body).toEqual({ standing: 'lead', leadId: id });
    for (const query of ['email=nobody@example.com', 'phone=%2B4930123456', 'phone=none'])
      expect((await call('GET', `/v1/lookup?${query}`)).body).toEqual({ standing: 'unknown' });
    for (const query of ['', 'email=nonsense', 'phone=']) expect((await call('GET', `/v1/lookup?${query}`)).status).toBe(400);
  });

  it('knows a contact by its addresses and numbers, and a customer by the account', async () => {
    const { edge, call } = open();
    const at = new Date(testNow).toISOString();
    const account = AccountState.parse({ id: newId('account', testNow), name: 'Acme', createdAt: at, updatedAt: at, version: 1 });
    const contact = Contact.parse(
      contactOf({
        email: 'c@acme.example',
        accountId: account.id,
        emails: [{ label: 'private', value: 'c@home.example' }],
        phones: [{ label: 'work', value: '+49 30 123456' }],
      }),
    );
    const keep = (type: string) =>
      edge.table.seed(
        { ...contactRecordKey(contact.id), kind: 'contact', data: { contact, sequence: 1 } },
        { ...accountRecordKey(account.id), kind: 'account', data: { account: { ...account, type }, sequence: 1 } },
      );
    keep('prospect');
    const event = busEvent({ source: 'accounts', contract: ContactCreated, subject: contact.id, data: { contact } });
    expect((await consumeForIntake(edge)(queueEvent([event]), testContext())).batchItemFailures).toEqual([]);
    for (const query of ['email=c@acme.example', 'email=c@home.example', 'phone=%2B4930123456'])
      expect((await call('GET', `/v1/lookup?${query}`)).body).toEqual({
        standing: 'contact',
        contactId: contact.id,
        accountId: account.id,
      });
    keep('customer');
    expect((await call('GET', '/v1/lookup?phone=%2B4930123456')).body.standing).toBe('customer');
    edge.table.seed({ ...contactRecordKey(contact.id), kind: 'contact', data: { gone: { reason: 'deleted', at }, sequence: 2 } });
    expect((await call('GET', '/v1/lookup?email=c@acme.example')).body).toEqual({ standing: 'unknown' });
  });
});
