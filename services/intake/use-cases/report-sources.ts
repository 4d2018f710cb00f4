import { defined } from '#contracts/core/json.ts';
import type { SourceRow } from '#contracts/resources/lead-operations.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { page } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { readCounters, type SourceCounter } from '../store/source-counters.ts';

const amountPrefix = 'amount.';

const rowOf = ({ source, campaign }: SourceCounter['origin'], numbers: ReadonlyMap<string, number>): SourceRow => {
  const count = (name: string): number => numbers.get(name) ?? 0;
  const [leads, converted] = [count('leads'), count('converted')];
  const amounts = [...numbers].filter(([name, amount]) => name.startsWith(amountPrefix) && amount !== 0);
  return defined({
    source,
    campaign,
    leads,
    mql: count('mql'),
    qualified: count('qualified'),
    converted,
    won: count('won'),
    wonAmount: amounts
      .map(([name, amount]) => ({ amount, currency: name.slice(amountPrefix.length) }))
      .sort((a, b) => (a.currency < b.currency ? -1 : 1)),
    conversionRate: leads === 0 ? 0 : converted / leads,
  });
};

/**
 * What each source and campaign brought, of leads captured in the period. Output: a List in the order of source and campaign, without
 * those that brought nothing.
 */
export const reportSources: Handler<typeof intakeRoutes.reportSources> = async (request, unit) => {
  const { from, to, attribution } = request.query;
  const counters = await readCounters(unit.table, from, to);
  const sums = new Map<string, { readonly origin: SourceCounter['origin']; readonly numbers: Map<string, number> }>();
  for (const { origin, numbers } of counters) {
    const position = JSON.stringify([origin.source, origin.campaign ?? '']);
    const sum = sums.get(position) ?? { origin, numbers: new Map<string, number>() };
    for (const [name, number] of numbers) {
      if (!name.startsWith(`${attribution}.`)) continue;
      const own = name.slice(attribution.length + 1);
      sum.numbers.set(own, (sum.numbers.get(own) ?? 0) + number);
    }
    sums.set(position, sum);
  }
  const { limit, after } = request.page;
  const rows = [...sums]
    .filter(([position, { numbers }]) => (numbers.get('leads') ?? 0) > 0 && (after === undefined || position > after))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const some = rows.slice(0, limit);
  return page({
    items: some.map(([, { origin, numbers }]) => rowOf(origin, numbers)),
    next: rows.length > limit ? some.at(-1)?.[0] : undefined,
  });
};
