import * as z from 'zod/mini';
import { defined } from '#contracts/core/json.ts';
import { LeadInput } from '#contracts/resources/lead.ts';
import { LeadBatchResult } from '#contracts/resources/lead-operations.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { ok } from '#runtime/answer.ts';
import { problemAnswer } from '#runtime/gateway.ts';
import type { Handler, HttpRequest } from '#runtime/handlers.ts';
import { keyReused, Problem } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { validate } from '#runtime/validation.ts';
import { AlreadyDone } from '#table/errors.ts';
import { canonicalJson, digestOf } from '../domain/canonical.ts';
import type { LeadFields } from '../domain/lead.ts';
import { stepMark } from '../store/steps.ts';
import { captureMany, type Entry, type Outcome } from './capture-many.ts';

type Route = typeof intakeRoutes.createLeads;

const path = '/v1/leads/batch';
// Of a transaction's hundred operations one is the step's mark.
const room = 99;

const Marked = z.object({ body: z.string(), results: z.string() });
const Results = z.array(LeadBatchResult);

const checked = (value: unknown): LeadFields | Problem => {
  try {
    return validate(LeadInput, value);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
};

const resultOf = (index: number, outcome: Outcome, requestId: string): LeadBatchResult =>
  outcome.kind === 'refused'
    ? {
        index,
        status: outcome.problem.status,
        problem: z.parse(LeadBatchResult.shape.problem, problemAnswer(outcome.problem, path, requestId).body),
      }
    : { index, status: outcome.kind === 'new' ? 201 : 200, id: outcome.lead.id };

/** The first of the leads from `index` on: those that are not valid say so, the others share a transaction as far as they fit. */
const takeSome = async (
  request: HttpRequest<Route>,
  unit: UnitOfWork,
  leads: readonly (LeadFields | Problem)[],
  first: number,
): Promise<{ readonly results: LeadBatchResult[]; readonly effect: Parameters<UnitOfWork['commit']>[0] }> => {
  const onKnown = request.body.onDuplicate === 'merge' ? 'touch' : 'refuse';
  const entries = leads
    .slice(first)
    .flatMap((fields): Entry[] => (fields instanceof Problem ? [] : [{ fields, defaults: { source: 'api', channel: 'api' }, onKnown }]));
  const { outcomes, writes, events } =
    entries.length === 0 ? { outcomes: [], writes: [], events: [] } : await captureMany(unit, entries, room);
  const waiting = [...outcomes];
  const results: LeadBatchResult[] = [];
  for (const [offset, fields] of leads.slice(first).entries()) {
    const outcome: Outcome | undefined = fields instanceof Problem ? { kind: 'refused', problem: fields } : waiting.shift();
    if (outcome === undefined) break;
    results.push(resultOf(first + offset, outcome, request.requestId));
  }
  return { results, effect: { writes, events } };
};

/**
 * Takes up to 100 leads from a caller, in order, each for itself. Output: 200 with a result for each. Under an Idempotency-Key each
 * transaction on the way is marked, so that a batch that was cut short goes on where it was and makes nobody twice.
 */
export const createLeads: Handler<Route> = async (request, unit) => {
  const leads = request.body.leads.map(checked);
  const key = request.header('idempotency-key');
  const body = digestOf(canonicalJson(request.body));
  const results: LeadBatchResult[] = [];
  for (let step = 0; results.length < leads.length; step += 1) {
    try {
      const done = await unit.step(async (inner) => {
        const { results: some, effect } = await takeSome(request, inner, leads, results.length);
        const guard =
          key === undefined
            ? {}
            : { guard: stepMark(digestOf(request.caller.id, path, key), step, { body, results: JSON.stringify(some) }, inner.now) };
        await inner.commit({ ...effect, ...guard });
        return some;
      });
      results.push(...done);
    } catch (error) {
      if (!(error instanceof AlreadyDone)) throw error;
      const marked = z.parse(Marked, error.standing.data);
      if (marked.body !== body) throw keyReused();
      results.push(...z.parse(Results, JSON.parse(marked.results)));
    }
  }
  const answer = ok({ results: results.map(defined) });
  await unit.commit({ writes: [], answer });
  return answer;
};
