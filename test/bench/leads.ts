import { setTimeout as wait } from 'node:timers/promises';
import { LeadState } from '#contracts/resources/lead.ts';
import { apiKeyItem } from '#runtime/api-key.ts';
import { newId } from '#runtime/new-id.ts';
import { serveIntake } from '#services/intake/api.ts';
import { leadDraft } from '#services/intake/store/leads.ts';
import { openTestTable } from '#testing/engine.ts';
import { client, testKey } from '#testing/requests.ts';
import { testSecret } from '#testing/unit.ts';
import { eventually, startProduct } from '../product.ts';
import { type Figure, figure } from './figures.ts';

const fileOf = (rows: number): string =>
  [
    'First Name,Last Name,Email,Company,Phone,Title,Budget',
    ...Array.from(
      { length: rows },
      (_, i) =>
        `Ada,Lovelace ${i},p${i}@company${i}.example,Company ${i} Ltd,+44 20 7946 ${String(i % 10_000).padStart(4, '0')},Head of Operations,${i}`,
    ),
  ].join('\n');

/** A trade show's list from the answer 202 to the last row, with everything that follows from each lead under way besides. */
const importRate = async (rows: number): Promise<Figure[]> => {
  const product = await startProduct({ env: { LEADLINE_DATA: ':memory:' } });
  try {
    const headers = { 'content-type': 'text/csv' };
    const begun = performance.now();
    const { body } = await product.request('POST', '/v1/imports', { body: fileOf(rows), headers });
    const accepted = performance.now();
    const done = await eventually(
      () => product.request('GET', `/v1/imports/${body.id}`),
      (answer) => answer.body.status === 'done',
      600,
    );
    const seconds = (performance.now() - accepted) / 1000;
    if (done.body.created !== rows) throw new Error(`${done.body.created} of ${rows} rows became leads`);
    return [
      figure(`an import of ${rows} rows: accepted in`, accepted - begun, 'ms'),
      figure(`an import of ${rows} rows: worked off`, rows / seconds, 'rows/s', { atLeast: 400 }),
    ];
  } finally {
    await product.stop();
  }
};

const perTransaction = 100;

/** What a page of leads costs to read however many there are, with filters that many and that no leads pass. */
const listCost = async (few: number, many: number): Promise<Figure[]> => {
  const engine = await openTestTable();
  try {
    const table = engine.open({
      sleep: async (milliseconds) => {
        await wait(milliseconds);
      },
    });
    const at = (i: number): string => new Date(Date.UTC(2026, 0, 1) + i * 1_000).toISOString();
    const provenance = { service: 'intake' as const, actor: 'system:bench', correlationId: 'bench', causationId: 'bench', now: at(0) };
    const key = apiKeyItem({
      key: testKey,
      secret: testSecret,
      record: { id: newId('apiKey', 0), name: 'bench', scopes: ['admin'], createdAt: at(0) },
    });
    await table.commit({ writes: [{ op: 'put', item: key }] }, { ...provenance, service: 'platform' });
    const leadAt = (i: number): LeadState =>
      LeadState.parse({
        id: newId('lead', Date.parse(at(i))),
        kind: 'person',
        firstName: 'Ada',
        lastName: `Lovelace ${i}`,
        email: `p${i}@company${i}.example`,
        company: `Company ${i} Ltd`,
        message: 'We would like to know more about your product and its price for about forty people.',
        priority: 'normal',
        source: i % 2 === 0 ? 'fair' : 'web',
        channel: 'import',
        tags: [],
        touches: 1,
        createdAt: at(i),
        updatedAt: at(i),
        version: 1,
      });
    let stored = 0;
    const fill = async (count: number): Promise<void> => {
      while (stored < count) {
        const writes = Array.from(
          { length: perTransaction },
          (_, i) => ({ op: 'put', item: leadDraft({ lead: leadAt(stored + i), sequence: 1 }) }) as const,
        );
        await table.commit({ writes }, provenance);
        stored += perTransaction;
      }
    };
    const edge = { table, signingSecret: async () => testSecret, now: Date.now, random: Math.random, sleep: async () => undefined };
    const call = client(serveIntake(edge));
    const costOf = async (query: string): Promise<number> => {
      const before = table.consumed.readUnits;
      const { status } = await call('GET', `/v1/leads${query}`);
      if (status !== 200) throw new Error(`${query} was answered ${status}`);
      return table.consumed.readUnits - before;
    };
    const queries = [
      ['a page of leads', '?limit=25', 20],
      ['by score', '?sort=-score', 20],
      ['of one source', '?source=fair', 100],
      ['with filters that nobody passes', '?source=nowhere&q=nobody&tag=none', 400],
    ] as const;
    const figures: Figure[] = [];
    for (const count of [few, many]) {
      await fill(count);
      for (const [name, query, atMost] of queries)
        figures.push(figure(`${name}, of ${count} leads`, await costOf(query), 'read units', { atMost }));
    }
    return figures;
  } finally {
    await engine.stop();
  }
};

/** Imports and the list of leads. */
export const leads = async (rows = 10_000, many = 100_000): Promise<Figure[]> => [
  ...(await importRate(rows)),
  ...(await listCost(1_000, many)),
];
