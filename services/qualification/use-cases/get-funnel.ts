import { ok } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { funnelOf } from '../domain/funnel.ts';
import type { qualification } from '../service.ts';
import { readFunnel } from '../store/funnel.ts';

/** How far the leads captured from one day to another have come; all of them without days. */
export const getFunnel: Handler<(typeof qualification.routes)['getFunnel']> = async (request, unit) => {
  const { from, to } = request.query;
  return ok(funnelOf(await readFunnel(unit.table, { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })));
};
