import type { Handler } from '#runtime/handlers.ts';
import type { qualification } from '../service.ts';
import { readCurrent, saveCriteria } from '../store/criteria.ts';
import { openShards } from '../store/open-leads.ts';
import { criteriaAnswer } from './get-criteria.ts';
import { rescoringRequest } from './rescore-leads.ts';

/**
 * Puts a new version of the criteria in force, and has the open leads scored by it: the version and the request for the work are one
 * transaction. Of two at once one follows the other. Refuses another version than `If-Match` names: 412.
 */
export const replaceCriteria: Handler<(typeof qualification.routes)['replaceCriteria']> = async (request, unit) => {
  const current = await readCurrent(unit.table);
  request.assertIfMatch(current.criteria.version);
  const criteria = {
    ...request.body,
    version: current.criteria.version + 1,
    createdAt: current.criteria.createdAt,
    updatedAt: unit.now,
  };
  const shards = Array.from({ length: openShards }, (_, shard) => shard);
  await unit.commit({
    writes: saveCriteria(criteria, current),
    events: shards.map((shard) => rescoringRequest({ criteriaVersion: criteria.version, shard }, 1)),
  });
  return criteriaAnswer(criteria);
};
