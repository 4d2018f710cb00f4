import type { Criteria } from '#contracts/resources/qualification.ts';
import { type Answer, ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { qualification } from '../service.ts';
import { readCurrent, readVersion } from '../store/criteria.ts';

export const criteriaAnswer = (criteria: Criteria): Answer => ok(criteria, { etag: etagOf({ version: criteria.version }) });

/** The rule set of `?version=`, else the one in force. Refuses a version that never was: 404. */
export const getCriteria: Handler<(typeof qualification.routes)['getCriteria']> = async (request, unit) => {
  const { version } = request.query;
  const criteria = version === undefined ? (await readCurrent(unit.table)).criteria : await readVersion(unit.table, version);
  if (criteria === undefined) throw notFound('There are no criteria of that version.');
  return criteriaAnswer(criteria);
};
