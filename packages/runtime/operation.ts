import type { ServiceName } from '#contracts/core/event.ts';
import { isRecord } from '#contracts/core/json.ts';
import { AlreadyDone } from '#table/errors.ts';
import { idempotencyKey } from '#table/keys.ts';
import type { Answer } from './answer.ts';
import { assertReadable, bytesOf, readBody } from './body.ts';
import type { Edge } from './edge.ts';
import { assertIfMatch, matchesNoneMatch } from './etag.ts';
import { assertResourceFits, type GatewayEvent } from './gateway.ts';
import type { Caller, Handler, HttpRequest } from './handlers.ts';
import { answerRecord, type IdempotentUse, idempotentUse, replayOf } from './idempotency.ts';
import { checkQuery, pageAnswer, readListRequest, readQuery, withoutCursor } from './list.ts';
import { Problem } from './problem.ts';
import type { Operation } from './router.ts';
import { runUnit } from './unit-of-work.ts';
import { assertClearsKnown, mergePatch, validate } from './validation.ts';

export interface Call {
  readonly service: ServiceName;
  readonly edge: Edge;
  readonly operation: Operation;
  readonly handler: Handler;
  readonly event: GatewayEvent;
  readonly header: (name: string) => string | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly caller: Caller;
  readonly requestId: string;
}

/** The body as its route has it: checked for `json`, text for `csv`, as it came for `merge-patch`, which only makes sense upon the record. */
const bodyOf = async ({ operation: { route }, header }: Call, bytes: Buffer): Promise<unknown> => {
  if (route.body === undefined) return undefined;
  const type = assertReadable(route.body, bytes, header);
  if (route.body.kind === 'csv') return (await import('./csv-body.ts')).csvTextOf(bytes);
  return type === undefined ? {} : readBody(route.body, bytes, type, header('content-type') ?? '');
};

const replayFor = async ({ edge, service }: Call, use: IdempotentUse): Promise<Answer | undefined> => {
  const item = await edge.table.get(idempotencyKey(service, use.hash));
  return item === undefined ? undefined : replayOf(item, use);
};

/** The answer, or what it gives way to: another run of the same request that was faster. */
const runOnce = async (call: Call, use: IdempotentUse | undefined, request: HttpRequest): Promise<Answer> => {
  const { edge, service, caller, requestId, operation } = call;
  const startedAt = edge.now();
  const provenance = {
    service,
    actor: caller.actor,
    correlationId: requestId,
    causationId: requestId,
    now: new Date(startedAt).toISOString(),
  };
  const guardOf = (answer: Answer | undefined) => {
    if (answer === undefined && operation.route.method === 'POST')
      throw new TypeError(`${operation.name} must give its answer to commit, so that it can be replayed`);
    if (answer !== undefined) assertResourceFits(answer);
    return answer === undefined || use === undefined ? undefined : answerRecord(service, use, answer, startedAt);
  };
  try {
    return await runUnit({ edge, provenance, guardOf: (effect) => guardOf(effect.answer) }, (unit) => call.handler(request, unit));
  } catch (error) {
    if (use === undefined) throw error;
    if (error instanceof AlreadyDone) return replayOf(error.standing, use);
    // What this one was refused for may be the first one's effect: a duplicate of what it has just made.
    const first = error instanceof Problem ? await replayFor(call, use) : undefined;
    if (first === undefined) throw error;
    return first;
  }
};

/** What was asked about a merged record is asked about its survivor too, from the beginning: a cursor holds for one path. */
const withQuery = (answer: Answer, rawQueryString: string): Answer => {
  const location = answer.headers?.location;
  const pairs = withoutCursor(rawQueryString);
  if (answer.status !== 301 || location === undefined || pairs.length === 0) return answer;
  return { ...answer, headers: { ...answer.headers, location: `${location}?${pairs.join('&')}` } };
};

const notModified = ({ event, header }: Call, answer: Answer): boolean =>
  answer.status === 200 &&
  answer.etag !== undefined &&
  ['GET', 'HEAD'].includes(event.requestContext.http.method) &&
  matchesNoneMatch(header('if-none-match'), answer.etag);

/** Reads, checks and runs one operation, for a caller who may use it. */
export const runOperation = async (call: Call): Promise<Answer> => {
  const { edge, event, header, operation, params, caller, requestId } = call;
  const { route } = operation;
  const path = event.rawPath;
  const rawQueryString = event.rawQueryString;
  const bytes = bytesOf(event);
  const key = route.method === 'POST' ? header('idempotency-key') : undefined;
  const scope = { caller: caller.id, method: route.method, path, query: rawQueryString };
  const use = key === undefined ? undefined : idempotentUse(key, scope, bytes, await edge.signingSecret());
  if (route.body !== undefined) assertReadable(route.body, bytes, header);
  const replay = use === undefined ? undefined : await replayFor(call, use);
  if (replay !== undefined) return replay;

  const body = await bodyOf(call, bytes);
  const fields = readQuery(rawQueryString);
  const query = checkQuery(route, fields);
  const list = await readListRequest(
    { route, operation: operation.name, path, fields, query, accept: header('accept') },
    edge.signingSecret,
  );
  const declared = route.body;
  const checked = declared !== undefined && declared.kind !== 'merge-patch' ? validate(declared.schema, body) : undefined;
  if (declared?.kind === 'merge-patch') {
    if (!isRecord(body)) validate(declared.schema, body);
    assertClearsKnown(declared.schema, body);
  }

  const answer = await runOnce(call, use, {
    id: Object.values(params).at(-1) ?? '',
    params,
    query,
    body: checked,
    merge: (present) => {
      if (declared?.kind !== 'merge-patch') throw new TypeError(`${operation.name} takes no merge patch`);
      return validate(declared.schema, mergePatch(present, body));
    },
    fields: declared?.kind === 'form' && isRecord(checked) ? checked : {},
    rawBody: bytes,
    parameters: fields,
    header,
    assertIfMatch: (version) => assertIfMatch(header('if-match'), version),
    caller,
    requestId,
    sourceIp: event.requestContext.http.sourceIp,
    userAgent: header('user-agent'),
    page: { limit: list.limit, after: list.after },
  });
  if (answer.page !== undefined) return pageAnswer(answer.page, { ...list, route, path, rawQueryString }, edge.signingSecret);
  if (notModified(call, answer)) return { status: 304, ...(answer.etag === undefined ? {} : { etag: answer.etag }) };
  return withQuery(answer, rawQueryString);
};
