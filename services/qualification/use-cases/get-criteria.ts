import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { qualification } from '../service.ts';
import { readCriteria } from '../store.ts';

/** The rule set of `?version=`, else the one in force. Refuses a version that never was: 404. */
export const getCriteria: Handler<(typeof qualification.routes)['getCriteria']> = async (request, unit) => {
  const criteria = await readCriteria(unit.table, request.query.version);
  if (criteria === undefined) throw notFound('There are no criteria of that version.');
  return ok(criteria, { etag: etagOf({ version: criteria.version }) });
};
