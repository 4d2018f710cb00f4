import { LeadQualified } from '#contracts/events/qualification.ts';
import { startEngine } from '#local/aws/engine.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { newId } from '#runtime/new-id.ts';
import { handlers } from '#services/accounts/events.ts';
import { accounts } from '#services/accounts/service.ts';
import { openTestTable } from '#testing/engine.ts';
import { busEvent, queueEvent, testContext } from '#testing/requests.ts';
import { testEdge } from '#testing/unit.ts';
import { eventually, type Product, startProduct } from '../product.ts';
import { startCapacityMeter } from './capacity-meter.ts';
import { type Figure, figure } from './figures.ts';

const created = async (product: Product, path: string, body: unknown): Promise<string> => {
  const answer = await product.request('POST', path, { body });
  if (answer.status !== 201) throw new Error(`${path} was answered ${answer.status}: ${answer.text}`);
  return answer.body.id;
};

const interactions = 300;

/** An account with a long history: its timeline's length. */
const withHistory = async (product: Product): Promise<{ readonly accountId: string; readonly contactId: string }> => {
  const accountId = await created(product, '/v1/accounts', { name: 'Lovelace Engines', domain: 'lovelace.example' });
  const contactId = await created(product, '/v1/contacts', { email: 'ada@lovelace.example', lastName: 'Lovelace', accountId });
  const body = {
    contactId,
    kind: 'call',
    direction: 'inbound',
    subject: 'The engine',
    body: 'We spoke about the engine and its price. '.repeat(5),
  };
  for (let i = 0; i < interactions; i += 20) {
    await Promise.all(Array.from({ length: 20 }, () => created(product, '/v1/interactions', body)));
  }
  await eventually(
    () => product.request('GET', `/v1/accounts/${accountId}/timeline?limit=100`),
    (answer) => answer.body.data.length === 100,
  );
  return { accountId, contactId };
};

/** What reading accounts and contacts costs, as the engine charges it; the key is known by then. */
export const accountReads = async (): Promise<Figure[]> => {
  const engine = await startEngine({ dataDirectory: ':memory:', onExit: () => undefined });
  const meter = await startCapacityMeter(engine.url);
  const product = await startProduct({ env: { LEADLINE_DYNAMODB_ENDPOINT: meter.url } });
  try {
    const { accountId, contactId } = await withHistory(product);
    const unitsOf = async (path: string): Promise<number> => {
      await product.request('GET', path);
      // News of what was written before may still be read.
      const samples: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        meter.take();
        await product.request('GET', path);
        samples.push(meter.take().readUnits);
      }
      return Math.min(...samples);
    };
    const first = await product.request('GET', `/v1/accounts/${accountId}/timeline`);
    const deep = `/v1/accounts/${accountId}/timeline?cursor=${first.body.nextCursor}`;
    const reads: readonly [string, string, number][] = [
      [`page of a timeline of ${interactions}`, `/v1/accounts/${accountId}/timeline`, 10],
      ['its next page', deep, 10],
      ['page of calls', `/v1/accounts/${accountId}/timeline?kind=call`, 10],
      ["page of a contact's timeline", `/v1/contacts/${contactId}/timeline`, 10],
      ['account by domain', '/v1/accounts?domain=lovelace.example', 2],
      ['contact by e-mail', '/v1/contacts?email=ada@lovelace.example', 2],
    ];
    const figures: Figure[] = [];
    for (const [name, path, most] of reads) figures.push(figure(`${name}: read units`, await unitsOf(path), 'RCU', { atMost: most }));
    return figures;
  } finally {
    await product.stop();
    meter.stop();
    await engine.stop();
  }
};

const qualified = (email: string, company: string) => {
  const now = Date.now();
  const at = new Date(now).toISOString();
  const lead = {
    id: newId('lead', now),
    kind: 'person',
    firstName: 'Ada',
    lastName: 'Lovelace',
    email,
    company,
    jobTitle: 'Head of Operations',
    phone: '+44 20 7946 0958',
    interest: 'Difference engine',
    priority: 'normal',
    source: 'website',
    channel: 'web-form',
    tags: [],
    campaign: 'spring',
    touches: 1,
    createdAt: at,
    updatedAt: at,
    version: 1,
  };
  const standing = { status: 'qualified', lifecycleStage: 'sql', score: 35, rating: 'warm', actions: 1 };
  const data = { lead, score: 35, rating: 'warm', conversion: { createDeal: true }, standing };
  const correlationId = newId('event', now);
  return busEvent({ source: 'qualification', contract: LeadQualified, subject: lead.id, data, correlationId, occurredAt: at });
};

let companies = 0;

/** Conversions of leads nobody knew, one after the other: calls and write units of each. */
export const conversions = async (leads = 10): Promise<Figure[]> => {
  const engine = await openTestTable();
  try {
    const table = engine.open({ now: Date.now });
    const deliver = serveEvents({ service: accounts, handlers, edge: { ...testEdge(), now: Date.now, table } });
    const before = { ...table.consumed };
    for (let i = 0; i < leads; i += 1) {
      companies += 1;
      const event = qualified(`ada@company${companies}.example`, `Company ${companies} Ltd`);
      const { batchItemFailures } = await deliver(queueEvent([event]), testContext());
      if (batchItemFailures.length > 0) throw new Error('a conversion failed');
    }
    const { calls, writeUnits } = table.consumed;
    return [
      figure('a conversion: DynamoDB calls', (calls - before.calls) / leads, 'calls', { atMost: 3 }),
      figure('a conversion: write units', (writeUnits - before.writeUnits) / leads, 'WCU', { atMost: 30 }),
    ];
  } finally {
    await engine.stop();
  }
};
