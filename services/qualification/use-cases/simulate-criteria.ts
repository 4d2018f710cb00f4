import type { Criteria, Simulation } from '#contracts/resources/qualification.ts';
import { ok } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { isEnough } from '../domain/auto-qualify.ts';
import { isOpen } from '../domain/lifecycle.ts';
import { scoreLead } from '../domain/score.ts';
import type { qualification } from '../service.ts';
import { findLeads } from '../store/foreign.ts';
import { openLeads, openShards } from '../store/open-leads.ts';
import { readQualifications } from '../store/qualifications.ts';

const mostLeads = 10_000;
const mostChanges = 20;
const pageSize = 100;

interface Tally extends Omit<Simulation, 'sampled'> {
  leads: number;
  cold: number;
  warm: number;
  hot: number;
  mql: number;
  autoQualified: number;
}

const look = async (table: Reader, leadIds: readonly string[], criteria: Criteria, at: number, tally: Tally): Promise<void> => {
  const [records, leads] = await Promise.all([readQualifications(table, leadIds), findLeads(table, leadIds)]);
  leads.forEach((found, index) => {
    const present = records[index]?.qualification;
    if (found.state !== 'there' || present === undefined || !isOpen(present.lifecycle)) return;
    const { score, rating } = scoreLead(found.lead, criteria, present.signals, at);
    tally.leads += 1;
    tally[rating] += 1;
    if (score >= criteria.thresholds.mql) tally.mql += 1;
    if (!present.autoQualified && isEnough(score, found.lead, criteria)) tally.autoQualified += 1;
    if (rating !== present.rating && tally.changes.length < mostChanges)
      tally.changes.push({ leadId: found.lead.id, from: present.rating, to: rating });
  });
};

export interface Patience {
  /** Milliseconds to look at leads; what is not seen by then is left out of the sample. */
  readonly milliseconds: number;
  /** A clock in milliseconds. */
  readonly clock: () => number;
}

/** What criteria would make of the open leads, newest first in each shard, up to 10,000 and as far as patience goes. Nothing is stored. */
export const simulateCriteria =
  ({ milliseconds, clock }: Patience): Handler<(typeof qualification.routes)['simulateCriteria']> =>
  async (request, unit) => {
    const deadline = clock() + milliseconds;
    const criteria = { ...request.body.criteria, version: 1, createdAt: unit.now, updatedAt: unit.now };
    const tally: Tally = { leads: 0, cold: 0, warm: 0, hot: 0, mql: 0, autoQualified: 0, changes: [] };
    const at = Date.parse(unit.now);
    const walk = async (shard: number): Promise<boolean> => {
      let after: string | undefined;
      for (let seen = 0; seen < mostLeads / openShards; seen += pageSize) {
        if (clock() >= deadline) return false;
        const { leadIds, more } = await openLeads(unit.table, { shard, after, limit: pageSize, descending: true });
        await look(unit.table, leadIds, criteria, at, tally);
        if (!more) return true;
        after = leadIds.at(-1);
      }
      return false;
    };
    const whole = await Promise.all(Array.from({ length: openShards }, (_, shard) => walk(shard)));
    return ok({ ...tally, sampled: whole.includes(false) } satisfies Simulation);
  };
