import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LeadConverted } from '#contracts/events/accounts.ts';
import { LeadQualified } from '#contracts/events/qualification.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { handlers } from './api.ts';
import { handlers as eventHandlers } from './events.ts';
import { accounts } from './service.ts';

const emails = ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example'];

const which = fc.nat({ max: 5 });
const account = fc.option(fc.nat({ max: 3 }), { nil: null });
const email = fc.option(fc.constantFrom(...emails), { nil: null });
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: fc.constant('create' as const), email, account }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('email' as const), which, email }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('move' as const), which, account }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('merge' as const), which, source: which }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('delete' as const), which }) },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('merge-accounts' as const), target: fc.nat({ max: 3 }), source: fc.nat({ max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('convert' as const), email, company: fc.constantFrom('A', 'E Ltd', 'E') }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('follow' as const) }) },
);
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;

const world = async () => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveHttp({ service: accounts, handlers, edge }));
  const deliver = serveEvents({ service: accounts, handlers: eventHandlers, edge });
  const accountIds: string[] = [];
  for (const name of ['A', 'B', 'C', 'D']) accountIds.push((await call('POST', '/v1/accounts', { body: { name } })).body.id);
  const contactIds: string[] = [];
  const own = new Set<string>(accounts.consumes.filter(({ sources }) => sources.includes('accounts')).map(({ name }) => name));
  let heard = 0;
  const follow = async () => {
    for (; heard < edge.table.events.length; heard += 1) {
      const said = edge.table.events[heard];
      if (said === undefined || !own.has(said.detailType)) continue;
      const event = {
        source: said.source,
        'detail-type': said.detailType,
        detail: said.detail,
        id: 'x',
        time: said.detail.metadata.occurredAt,
      };
      expect((await deliver(queueEvent([event]), testContext())).batchItemFailures).toEqual([]);
    }
  };
  const convert = async (address: string | null, name: string): Promise<void> => {
    const at = new Date(edge.now()).toISOString();
    const lead = {
      id: newId('lead', edge.now()),
      kind: 'person',
      priority: 'normal',
      source: 'web',
      channel: 'api',
      tags: [],
      touches: 1,
      lastName: 'Doe',
      company: name,
      createdAt: at,
      updatedAt: at,
      version: 1,
      ...(address === null ? {} : { email: address }),
    };
    const standing = { status: 'qualified', lifecycleStage: 'sql', score: 35, rating: 'warm', actions: 1 };
    const data = { lead, score: 35, rating: 'warm', conversion: { createDeal: false }, standing };
    const event = busEvent({ source: 'qualification', contract: LeadQualified, subject: lead.id, data });
    expect((await deliver(queueEvent([event, event]), testContext())).batchItemFailures).toEqual([]);
    const said = edge.table.events.filter(({ detail }) => detail.metadata.subject === lead.id);
    expect(said).toHaveLength(1);
    const { accountId, contactId } = LeadConverted.data.parse(said[0]?.detail.data);
    if (!accountIds.includes(accountId)) accountIds.push(accountId);
    if (!contactIds.includes(contactId)) contactIds.push(contactId);
  };
  /** One caller's act; every answer is one that the contract allows. */
  const perform = async (done: Act): Promise<void> => {
    const contact = 'which' in done ? contactIds[done.which % Math.max(1, contactIds.length)] : undefined;
    const accountId = 'account' in done && done.account !== null ? accountIds[done.account] : null;
    const allowed = (status: number) => expect([200, 201, 204, 404, 409, 422]).toContain(status);
    if (done.op === 'follow') return follow();
    if (done.op === 'convert') return convert(done.email, done.company);
    if (done.op === 'merge-accounts') {
      const [target, source] = [done.target, done.source].map((n) => accountIds[(n * 7) % accountIds.length]);
      allowed((await call('POST', `/v1/accounts/${target}/merge`, { body: { sourceId: source } })).status);
    } else if (done.op === 'create') {
      const body = { lastName: 'Doe', ...(done.email === null ? {} : { email: done.email }), ...(accountId === null ? {} : { accountId }) };
      const answer = await call('POST', '/v1/contacts', { body });
      allowed(answer.status);
      if (answer.status === 201) contactIds.push(answer.body.id);
    } else if (contact !== undefined) {
      const path = `/v1/contacts/${contact}`;
      if (done.op === 'email') allowed((await call('PATCH', path, { body: { email: done.email } })).status);
      if (done.op === 'move') allowed((await call('POST', `${path}/move`, { body: { accountId } })).status);
      if (done.op === 'delete') allowed((await call('DELETE', path)).status);
      if (done.op === 'merge') {
        const sourceId = contactIds[done.source % contactIds.length];
        allowed((await call('POST', `${path}/merge`, { body: { sourceId } })).status);
      }
    }
  };
  return { edge, call, accountIds, contactIds, perform, follow };
};

interface Shown {
  readonly id: string;
  readonly email?: string;
  readonly formerEmails: readonly string[];
  readonly accountId?: string;
}

type World = Awaited<ReturnType<typeof world>>;

/** The final survivor of a chain of redirects; undefined when it ends nowhere. */
const survivorOf = async ({ call }: World, path: string): Promise<string | undefined> => {
  const { status, headers, body } = await call('GET', path);
  if (status === 301) {
    const next = await call('GET', headers.location ?? '');
    // One step leads to the end.
    expect(next.status).toBe(200);
    return next.body.id;
  }
  return status === 200 ? body.id : undefined;
};

/** What holds after every act, whoever acts, while account merges may still be followed. */
const check = async (here: World): Promise<void> => {
  const { call, edge, accountIds, contactIds } = here;
  const living: Shown[] = (await call('GET', '/v1/contacts?limit=100')).body.data;
  const held = living.flatMap(({ id, email: present, formerEmails }) =>
    [...(present === undefined ? [] : [present]), ...formerEmails].map((address) => [address, id] as const),
  );
  expect(new Set(held.map(([address]) => address)).size).toBe(held.length);
  for (const address of emails) {
    const holder = held.find(([one]) => one === address)?.[1];
    const { data } = (await call('GET', `/v1/contacts?email=${address}`)).body;
    expect(data.map(({ id }: Shown) => id)).toEqual(holder === undefined ? [] : [holder]);
    const lock = edge.table.items<{ contactId: string; accountId?: string }>('contact-email').find(({ pk }) => pk.endsWith(address));
    expect(lock?.data.contactId).toBe(holder);
    expect(lock?.data.accountId).toBe(living.find(({ id }) => id === holder)?.accountId);
  }
  const joined = new Map<string, number>();
  for (const { accountId } of living) {
    if (accountId === undefined) continue;
    const survivor = await survivorOf(here, `/v1/accounts/${accountId}`);
    expect(survivor).toBeDefined();
    joined.set(survivor ?? '', (joined.get(survivor ?? '') ?? 0) + 1);
  }
  for (const accountId of accountIds) {
    const { status, body } = await call('GET', `/v1/accounts/${accountId}`);
    if (status === 200) expect(body.contactCount).toBe(joined.get(accountId) ?? 0);
  }
  for (const id of contactIds) {
    const survivor = await survivorOf(here, `/v1/contacts/${id}`);
    if (survivor !== undefined) expect(living.map((contact) => contact.id)).toContain(survivor);
  }
};

test('however people merge, move and change addresses, and whoever does so at once, addresses are unique and counters true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(act, fc.option(act, { nil: undefined })), { minLength: 4, maxLength: 24 }), async (acts) => {
      const here = await world();
      for (const [mine, another] of acts) {
        // Another caller, or the service itself, is faster just before the first one's commit.
        if (another !== undefined) here.edge.table.interfere(() => here.perform(another));
        await here.perform(mine);
        here.edge.table.interfere(async () => undefined);
        await check(here);
      }
      await here.follow();
      await check(here);
      const { data } = (await here.call('GET', '/v1/contacts?limit=100')).body;
      for (const { accountId } of data) {
        if (accountId !== undefined) expect((await here.call('GET', `/v1/accounts/${accountId}`)).status).toBe(200);
      }
    }),
    { numRuns: 60, seed: 20_261_123 },
  );
}, 120_000);
