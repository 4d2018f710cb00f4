import type { FieldError } from '#contracts/core/problems.ts';
import type { ConversionWish, QualifyInput } from '#contracts/resources/qualification.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalid } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { qualification } from '../service.ts';
import { accountExists, contactExists, pipelineExists } from '../store/foreign.ts';
import { actOnLead } from './act-on-lead.ts';
import { qualifying } from './announce.ts';

const assertKnown = async (table: Reader, { accountId, contactId, deal }: QualifyInput): Promise<void> => {
  const pipelineId = deal?.pipelineId;
  const named = [
    { pointer: '/accountId', what: 'account', id: accountId, exists: accountExists },
    { pointer: '/contactId', what: 'contact', id: contactId, exists: contactExists },
    { pointer: '/deal/pipelineId', what: 'pipeline', id: pipelineId, exists: pipelineExists },
  ];
  const found = await Promise.all(named.map(async ({ id, exists }) => id === undefined || exists(table, id)));
  const errors = named.flatMap(({ pointer, what }, i): FieldError[] =>
    found[i] ? [] : [{ pointer, code: 'unknown_id', detail: `there is no such ${what}` }],
  );
  if (errors.length > 0) throw invalid(errors);
};

/**
 * Hands a lead to sales; its conversion follows by event. While an earlier conversion has failed it is asked for again, with these ids.
 * Refuses ids that do not exist (422), and what `actOnLead` refuses.
 */
export const qualifyLead: Handler<(typeof qualification.routes)['qualifyLead']> = (request, unit) => {
  const { reason, ...wish } = request.body;
  const conversion: ConversionWish = wish;
  return actOnLead(request, unit, qualifying(reason, conversion), {
    answers: 202,
    check: () => assertKnown(unit.table, request.body),
  });
};
