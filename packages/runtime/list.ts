import * as z from 'zod/mini';
import type { FieldError } from '#contracts/core/problems.ts';
import type { Route } from '#contracts/core/route.ts';
import { type CursorQuery, openCursor, sealCursor } from '#table/cursor.ts';
import { InvalidCursor } from '#table/errors.ts';
import type { Answer, Page } from './answer.ts';
import { assertStorable, fieldsOf, pairsOf } from './body.ts';
import { malformed, Problem } from './problem.ts';
import { fieldErrors } from './validation.ts';

type Fields = Readonly<Record<string, string | string[]>>;

const refused = (errors: readonly FieldError[]): Problem => malformed('invalid-query', 'A query parameter is not valid.', errors);

const asParameter = ({ pointer, code, detail }: FieldError): FieldError => ({ pointer: `?${pointer.slice(1)}`, code, detail });

/**
 * The query string's fields; one that comes several times is a list.
 *
 * @throws {Problem} 400 when it is not percent-encoded UTF-8.
 */
export const readQuery = (rawQueryString: string): Fields => {
  try {
    return fieldsOf(pairsOf(rawQueryString));
  } catch (error) {
    if (error instanceof Problem) throw refused([]);
    throw error;
  }
};

const knownNames = (route: Route): ReadonlySet<string> => {
  const schema: unknown = route.query;
  const names = schema instanceof z.ZodMiniObject ? Object.keys(schema.shape) : [];
  return new Set(route.list === true ? [...names, 'limit', 'cursor'] : names);
};

/**
 * The route's query parameters as its schema gives them; others are ignored.
 *
 * @throws {Problem} 400 for an empty value or one that is not valid.
 */
export const checkQuery = (route: Route, fields: Fields): unknown => {
  const known = knownNames(route);
  const present = Object.fromEntries(Object.entries(fields).filter(([name]) => known.has(name)));
  const empty = Object.entries(present).filter(([, value]) => [value].flat().includes(''));
  if (empty.length > 0) throw refused(empty.map(([name]) => ({ pointer: `?${name}`, code: 'empty', detail: 'must not be empty' })));
  try {
    assertStorable(present);
  } catch (error) {
    if (error instanceof Problem) throw refused((error.errors ?? []).map(asParameter));
    throw error;
  }
  if (route.query === undefined) return {};
  const result = z.safeParse(route.query, present);
  if (result.success) return result.data;
  throw refused(fieldErrors(result.error.issues, present).map(asParameter));
};

/** Reports and the forecast are read whole more often than in pages. */
const defaultLimit = (path: string): number => (/^\/v1\/(?:reports\/|forecast$)/.test(path) ? 100 : 25);

/** Which part of a list is asked for, and how it is answered. */
export interface ListRequest {
  readonly limit: number;
  readonly after: string | undefined;
  readonly csv: boolean;
  /** What a cursor of this list is bound to. */
  readonly bound: CursorQuery;
}

const limitOf = (value: string | string[] | undefined, route: Route, csv: boolean): number => {
  const most = csv ? 1_000 : 100;
  if (value === undefined) return defaultLimit(route.path);
  const limit = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > most)
    throw refused([{ pointer: '?limit', code: 'invalid_value', detail: `must be a whole number from 1 to ${most}` }]);
  return limit;
};

/** How much a media type is wanted that an `Accept` header names, 0..1; undefined when it doesn't name it. */
const qualityOf = (accept: string, type: string): number | undefined => {
  const named = accept.split(',').find((range) => range.split(';')[0]?.trim().toLowerCase() === type);
  if (named === undefined) return undefined;
  const quality = /;\s*q\s*=\s*([\d.]+)/i.exec(named)?.[1];
  return quality === undefined ? 1 : Number(quality);
};

/** Only who names it gets CSV, and not who would rather have JSON (RFC 9110, section 12.5.1). */
const wantsCsv = (accept: string): boolean => {
  const csv = qualityOf(accept, 'text/csv') ?? 0;
  return csv > 0 && csv >= (qualityOf(accept, 'application/json') ?? 0);
};

const invalidCursor = (): Problem =>
  malformed('invalid-cursor', 'The cursor does not belong to this list with these filters.', [
    { pointer: '?cursor', code: 'invalid_cursor', detail: 'is not one that this list gave' },
  ]);

export const readListRequest = async (
  request: {
    readonly route: Route;
    readonly operation: string;
    readonly path: string;
    readonly fields: Fields;
    readonly query: unknown;
    readonly accept: string | undefined;
  },
  signingSecret: () => Promise<string>,
): Promise<ListRequest> => {
  const { route, fields } = request;
  const csv = route.list === true && wantsCsv(request.accept ?? '');
  const bound = { operation: request.operation, path: request.path, query: JSON.stringify(request.query) };
  if (route.list !== true) return { limit: 0, after: undefined, csv, bound };
  const limit = limitOf(fields.limit, route, csv);
  const cursor = fields.cursor;
  if (cursor === undefined) return { limit, after: undefined, csv, bound };
  if (typeof cursor !== 'string') throw invalidCursor();
  try {
    return { limit, after: openCursor(await signingSecret(), cursor, bound), csv, bound };
  } catch (error) {
    if (error instanceof InvalidCursor) throw invalidCursor();
    throw error;
  }
};

/** The pairs of a query string that say which list it is, and not where in it. */
export const withoutCursor = (rawQueryString: string): string[] =>
  rawQueryString.split('&').filter((pair) => pair !== '' && !/^cursor(?:=|$)/.test(pair));

/** The page as a List, or as CSV with a `Link` to the next. */
export const pageAnswer = async (
  list: Page,
  request: ListRequest & { readonly route: Route; readonly path: string; readonly rawQueryString: string },
  signingSecret: () => Promise<string>,
): Promise<Answer> => {
  const nextCursor = list.next === undefined ? null : sealCursor(await signingSecret(), { position: list.next, query: request.bound });
  if (!request.csv) return { status: 200, body: { data: list.items, nextCursor }, headers: { vary: 'accept' } };
  const { csvOf } = await import('./csv.ts');
  const pairs = [...withoutCursor(request.rawQueryString), `cursor=${nextCursor}`];
  const link = nextCursor === null ? {} : { link: `<${request.path}?${pairs.join('&')}>; rel="next"` };
  return {
    status: 200,
    contentType: 'text/csv; charset=utf-8',
    body: csvOf(list.items, request.route.answer.schema),
    headers: { vary: 'accept', ...link },
  };
};
