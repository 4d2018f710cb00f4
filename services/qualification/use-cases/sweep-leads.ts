import type { Sweep } from '#runtime/schedule.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { criteriaCachedFor, endRescoring, type Rescoring, readCurrent, readRescoring, saveRescoring } from '../store/criteria.ts';
import { openLeads, openShards } from '../store/open-leads.ts';
import { dueLeads } from '../store/qualifications.ts';
import { leadsPerStep, rescoreLeads } from './rescore-leads.ts';

const dueAtOnce = 100;

/** Sees to as many of the leads as one transaction takes, and the rest in the next, until all are done. */
const rescoreAll = async (sweep: Sweep, name: string, leadIds: readonly string[]): Promise<void> => {
  let left = leadIds;
  while (left.length > 0) {
    let seen = left.length;
    await sweep.step(name, async (unit: UnitOfWork) => {
      const { criteria } = await readCurrent(unit.table);
      const batch = left.slice(0, leadsPerStep);
      const { writes, events, done } = await rescoreLeads(unit, batch, criteria);
      seen = done;
      if (writes.length + events.length > 0) await unit.commit({ writes, events });
    });
    left = left.slice(seen);
  }
};

/** Leads whose score time has changed, and those whose day of return has come. */
const seeToDue = async (sweep: Sweep): Promise<void> => {
  const seen = new Set<string>();
  while (sweep.hasTime()) {
    const { leadIds, more } = await dueLeads(sweep.table, sweep.now, dueAtOnce);
    const fresh = leadIds.filter((leadId) => !seen.has(leadId));
    for (const leadId of fresh) seen.add(leadId);
    for (let start = 0; start < fresh.length && sweep.hasTime(); start += leadsPerStep)
      await rescoreAll(sweep, 'due', fresh.slice(start, start + leadsPerStep));
    if (!more || fresh.length === 0) return;
  }
};

/** Longer than any function goes on with former criteria, and clocks differ. */
const settledAfter = criteriaCachedFor + 3_000;

/**
 * Goes over the open leads once more when nobody can have scored by former criteria since: whoever was scored by them while the re-scoring
 * passed is found here. A run that has no more time leaves its position to the next.
 */
const confirmRescoring = async (sweep: Sweep): Promise<void> => {
  const open = await readRescoring(sweep.table);
  if (open === undefined || Date.parse(sweep.now) < Date.parse(open.rescoring.since) + settledAfter) return;
  let position: Rescoring | undefined = open.rescoring;
  while (position !== undefined && sweep.hasTime()) {
    const { shard = 0, after }: Rescoring = position;
    const { leadIds, more } = await openLeads(sweep.table, { shard, after, limit: 2 * leadsPerStep });
    await rescoreAll(sweep, 'rescoring', leadIds);
    const last = leadIds.at(-1);
    const { version, since } = open.rescoring;
    if (more && last !== undefined) position = { version, since, shard, after: last };
    else position = shard + 1 < openShards ? { version, since, shard: shard + 1 } : undefined;
  }
  const next = position;
  await sweep.step('rescoring', async (unit) => {
    // Other criteria that came meanwhile start it anew.
    const now = await readRescoring(unit.table);
    if (now?.rev !== open.rev) return;
    await unit.commit({ writes: [next === undefined ? endRescoring(open.rev) : saveRescoring(next, open.rev)] });
  });
};

/** What time has made due: each step is a transaction that a repetition finds done. */
export const sweepLeads = async (sweep: Sweep): Promise<void> => {
  await seeToDue(sweep);
  await confirmRescoring(sweep);
};
