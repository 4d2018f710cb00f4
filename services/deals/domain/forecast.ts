import type { ForecastRow } from '#contracts/resources/deal-reports.ts';
import type { Totals } from './board.ts';
import { noMonth } from './counters.ts';

const shown = ['open', 'weighted', 'won', 'lost', 'openCount', 'wonCount', 'lostCount'] as const;

/** Where a row stands in the forecast: months in order, deals without one last. */
export const placeOf = ({ month, currency }: Pick<ForecastRow, 'month' | 'currency'>): string => `${month ?? '~'}#${currency}`;

/** The rows of a forecast from its counters, of one pipeline or of all; those without any deal are left out. */
export const forecastOf = (totals: Totals, pipelineId: string | undefined): ForecastRow[] => {
  const rows = new Map<string, ForecastRow>();
  for (const [name, numbers] of totals) {
    const [month = noMonth, ofPipeline] = name.split('#');
    if (pipelineId !== undefined && ofPipeline !== pipelineId) continue;
    for (const [member, value] of Object.entries(numbers)) {
      const [currency = '', figure] = member.split('.');
      const known = shown.find((one) => one === figure);
      if (known === undefined) continue;
      const key = { month: month === noMonth ? null : month, currency };
      const row = rows.get(placeOf(key)) ?? { ...key, open: 0, weighted: 0, won: 0, lost: 0, openCount: 0, wonCount: 0, lostCount: 0 };
      rows.set(placeOf(key), { ...row, [known]: row[known] + value });
    }
  }
  return [...rows.values()]
    .filter(({ openCount, wonCount, lostCount }) => openCount + wonCount + lostCount > 0)
    .sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
};
