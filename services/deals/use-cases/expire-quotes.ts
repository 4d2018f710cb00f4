import type { Sweep } from '#runtime/schedule.ts';
import { expireQuote } from '../domain/quote.ts';
import { overdueQuotes, quoteEffect, readQuote } from '../store/documents.ts';

/** Quotes looked at in one go. */
const batch = 100;

/** Says once of each quote that was sent and not answered in time that it has expired. What is left when time is up, the next run does. */
export const expireQuotes = async (sweep: Sweep): Promise<void> => {
  // The index may still show what was just done, so that a batch without anything new is the last one.
  const seen = new Set<string>();
  while (sweep.hasTime()) {
    const due = (await overdueQuotes(sweep.table, sweep.now, seen.size + batch)).filter((quoteId) => !seen.has(quoteId));
    if (due.length === 0) return;
    for (const quoteId of due) {
      if (!sweep.hasTime()) return;
      seen.add(quoteId);
      await sweep.step(quoteId, async (unit) => {
        const before = await readQuote(unit.table, quoteId);
        const change = before && expireQuote(before, unit.now);
        if (before && change) await unit.commit(quoteEffect(before, change));
      });
    }
  }
};
