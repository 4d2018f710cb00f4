import { setTimeout as wait } from 'node:timers/promises';
import { LeadState } from '#contracts/resources/lead.ts';
import { apiKeyItem } from '#runtime/api-key.ts';
import { newId } from '#runtime/new-id.ts';
import { serveIntake } from '#services/intake/api.ts';
import { leadDraft } from '#services/intake/store/leads.ts';
import { openTestTable } from '#testing/engine.ts';
import { client, testKey } from '#testing/requests.ts';
import { testSecret } from '#testing/unit.ts';
import { type Figure, figure } from './figures.ts';

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

/** The list of leads, few or many. */
export const leads = (few = 1_000, many = 100_000): Promise<Figure[]> => listCost(few, many);
