import { defaultPipeline } from '#contracts/records/pipeline.ts';
import { lossReasons } from '#contracts/resources/deal.ts';
import type { World } from './world.ts';

const dayMs = 86_400_000;

const currencies = ['EUR', 'JPY', 'BHD'];
const owners = ['ann', 'bob', null];
const of = <T>(list: readonly T[], n: number): T | undefined => list[n % Math.max(list.length, 1)];
/** One of the latest few, so that people meet. */
const one = (world: World, prefix: string, n: number): string | undefined => of(world.known(prefix).slice(-5), n);
/** Few addresses, for the same reason. */
const address = (n: number): string => `person${n % 9}@company${n % 3}.example`;
const money = (n: number, m: number) => (m % 7 === 0 ? null : { amount: n * 13, currency: of(currencies, m) });
const defined = (fields: Record<string, unknown>) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));

type Doing = (world: World, a: number, b: number, c: number) => Promise<{ readonly status: number; readonly body?: unknown }>;
const nothing = { status: 200 };

const post = (world: World, path: string, body: unknown = {}) => world.call('POST', path, { body });
const to = (path: (id: string) => string, prefix: string, body: (a: number, b: number, world: World) => unknown): Doing => {
  return async (world, a, b, c) => {
    const id = one(world, prefix, a);
    return id === undefined ? nothing : post(world, path(id), body(b, c, world));
  };
};
const lead = (action: string, body: (a: number, b: number, world: World) => unknown = () => ({})) =>
  to((id) => `/v1/leads/${id}/${action}`, 'lead', body);
const deal = (action: string, body: (a: number, b: number, world: World) => unknown = () => ({})) =>
  to((id) => `/v1/deals/${id}/${action}`, 'deal', body);
const removal =
  (path: string, prefix: string): Doing =>
  async (world, a) => {
    const id = one(world, prefix, a);
    return id === undefined ? nothing : world.call('DELETE', `${path}/${id}${prefix === 'acct' ? '?cascade=detach' : ''}`);
  };
const edit =
  (path: string, prefix: string, body: (a: number, b: number, world: World) => unknown): Doing =>
  async (world, a, b, c) => {
    const id = one(world, prefix, a);
    return id === undefined ? nothing : world.call('PATCH', `${path}/${id}`, { body: body(b, c, world) });
  };

/** What people and machines do, each with how often it is beside the others. */
export const acts: Readonly<Record<string, readonly [number, Doing]>> = {
  capture: [
    8,
    (world, a, b, c) =>
      post(world, `/v1/leads?onDuplicate=${a % 4 === 0 ? 'reject' : 'merge'}`, {
        ...(b % 11 === 0 ? { phone: '+44 20 7946 0958' } : { email: address(b) }),
        lastName: `Lovelace ${b}`,
        ...(c % 3 === 0 ? {} : { company: `Company ${b % 3} Ltd`, jobTitle: 'CTO' }),
        source: of(['web', 'fair', 'referral'], c),
        ...(c % 2 === 0 ? { campaign: 'spring' } : {}),
      }),
  ],
  importFile: [
    1,
    (world, a, b) =>
      world.call('POST', '/v1/imports', {
        headers: { 'content-type': 'text/csv' },
        body: `email,last name,source\n${address(a)},A,file\n${address(b)},B,file\nno address,C,file\n`,
      }),
  ],
  editLead: [
    3,
    edit('/v1/leads', 'lead', (a, b) => (b % 2 === 0 ? { email: address(a) } : { jobTitle: `CEO ${a}`, company: `Company ${a % 3} Ltd` })),
  ],
  mergeLead: [2, lead('merge', (a, _b, world) => ({ sourceId: one(world, 'lead', a) }))],
  deleteLead: [1, removal('/v1/leads', 'lead')],
  eraseLead: [1, lead('erase')],
  eraseContact: [
    1,
    to(
      (id) => `/v1/contacts/${id}/erase`,
      'cont',
      () => undefined,
    ),
  ],
  signal: [2, (world, a, b) => post(world, '/v1/signals', { email: address(a), type: 'demo-request', externalId: `signal-${b % 5}` })],
  qualify: [7, lead('qualify', (a) => ({ reason: 'asked', createDeal: a % 4 !== 0, deal: defined({ amount: money(a, a) }) }))],
  qualifyInto: [
    2,
    lead('qualify', (a, b, world) =>
      defined({ accountId: one(world, 'acct', a), contactId: b % 2 === 0 ? one(world, 'cont', b) : undefined }),
    ),
  ],
  disqualify: [1, lead('disqualify', () => ({ reason: 'spam' }))],
  work: [1, lead('work')],
  nurture: [1, lead('nurture')],
  account: [
    1,
    (world, a, b) =>
      post(world, '/v1/accounts', { name: `Company ${a % 3} Ltd`, ...(b % 2 === 0 ? { domain: `company${a % 3}.example` } : {}) }),
  ],
  renameAccount: [1, edit('/v1/accounts', 'acct', (a) => ({ name: `Company ${a % 4} Ltd` }))],
  mergeAccount: [
    1,
    to(
      (id) => `/v1/accounts/${id}/merge`,
      'acct',
      (a, _b, world) => ({ sourceId: one(world, 'acct', a) }),
    ),
  ],
  deleteAccount: [1, removal('/v1/accounts', 'acct')],
  contact: [
    2,
    (world, a, b) => post(world, '/v1/contacts', defined({ lastName: 'Babbage', email: address(a), accountId: one(world, 'acct', b) })),
  ],
  editContact: [2, edit('/v1/contacts', 'cont', (a) => ({ email: address(a) }))],
  moveContact: [
    2,
    to(
      (id) => `/v1/contacts/${id}/move`,
      'cont',
      (a, b, world) => ({ accountId: b % 3 === 0 ? null : (one(world, 'acct', a) ?? null) }),
    ),
  ],
  mergeContact: [
    2,
    to(
      (id) => `/v1/contacts/${id}/merge`,
      'cont',
      (a, _b, world) => ({ sourceId: one(world, 'cont', a) }),
    ),
  ],
  deleteContact: [1, removal('/v1/contacts', 'cont')],
  interaction: [
    3,
    (world, a, b, c) =>
      post(world, '/v1/interactions', {
        ...defined(
          of([{ contactId: one(world, 'cont', a) }, { dealId: one(world, 'deal', a) }, { leadId: one(world, 'lead', a) }], c) ?? {},
        ),
        kind: of(['call', 'email', 'note'], b),
        direction: of(['inbound', 'outbound'], c),
        ...(b % 3 === 0 ? { externalId: `call-${b % 7}` } : {}),
      }),
  ],
  deal: [
    6,
    (world, a, b, c) =>
      post(
        world,
        '/v1/deals',
        defined({
          name: 'Engine',
          accountId: one(world, 'acct', a),
          contacts:
            c % 3 === 0
              ? [...new Set([one(world, 'cont', b), one(world, 'cont', c)])].flatMap((id) => (id === undefined ? [] : [{ contactId: id }]))
              : undefined,
          leadId: b % 4 === 0 ? one(world, 'lead', b) : undefined,
          amount: money(b, c),
          owner: of(owners, c),
          stageId: of(defaultPipeline.stages, b)?.id,
          expectedCloseDate: `2026-${String((b % 12) + 1).padStart(2, '0')}-15`,
        }),
      ),
  ],
  editDeal: [
    8,
    edit('/v1/deals', 'deal', (a, b) =>
      b % 3 === 0 ? { amount: money(a, b) } : { owner: of(owners, a), expectedCloseDate: null, probability: a % 101 },
    ),
  ],
  giveDeal: [
    4,
    edit('/v1/deals', 'deal', (a, b, world) =>
      of(
        [
          { accountId: one(world, 'acct', a) ?? null },
          { leadId: one(world, 'lead', a) ?? null },
          { contacts: [{ contactId: one(world, 'cont', a) }] },
        ],
        b,
      ),
    ),
  ],
  move: [5, deal('move', (a) => ({ stageId: of(defaultPipeline.stages, a)?.id }))],
  win: [7, deal('win')],
  lose: [3, deal('lose', (a) => ({ reason: of(lossReasons, a) }))],
  reopen: [3, deal('reopen')],
  clone: [1, deal('clone')],
  deleteDeal: [2, removal('/v1/deals', 'deal')],
  task: [1, deal('tasks', () => ({ title: 'Call', dueAt: '2026-12-01T00:00:00Z' }))],
  quote: [
    2,
    deal('quotes', (a) => ({
      validUntil: '2028-01-01',
      lineItems: [{ name: 'Engine', quantity: '1.5', unitPrice: { amount: a, currency: 'EUR' } }],
    })),
  ],
  invoice: [
    2,
    deal('invoices', (a) => ({
      lineItems: [{ name: 'Engine', quantity: '2', unitPrice: { amount: a * 10, currency: 'EUR' }, taxPercent: 19 }],
    })),
  ],
  pay: [
    3,
    to(
      (id) => `/v1/invoices/${id}/payments`,
      'inv',
      (a, b) => ({ amount: { amount: 1 + (a % 50), currency: 'EUR' }, externalId: `bank-${b % 4}` }),
    ),
  ],
  pass: [
    2,
    async (world, a) => {
      world.advance((a % 20) * dayMs);
      return nothing;
    },
  ],
};
