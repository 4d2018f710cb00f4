import { createHmac, timingSafeEqual } from 'node:crypto';
import { InvalidCursor } from './errors.ts';

/** What a cursor is bound to: operation, filters, sort. Not `limit`, which may change from page to page. Absent and undefined are alike. */
export type CursorQuery = Readonly<Record<string, string | number | boolean | undefined>>;

const macBytes = 16;
const longestCursor = 4096;

const canonical = (query: CursorQuery): string =>
  JSON.stringify(
    Object.entries(query)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const macOf = (secret: string, position: string, query: CursorQuery): Buffer =>
  createHmac('sha256', secret)
    .update(JSON.stringify(['cursor/1', canonical(query), position]))
    .digest()
    .subarray(0, macBytes);

/** A position in a list as an opaque text that only the same query can use: base64url of HMAC-SHA256 (128 bits) and position. */
export const sealCursor = (secret: string, { position, query }: { position: string; query: CursorQuery }): string =>
  Buffer.concat([macOf(secret, position, query), Buffer.from(position)]).toString('base64url');

/**
 * The position that was sealed for this query.
 *
 * @throws {InvalidCursor} when it was altered, made up, or sealed for another query or with another secret.
 */
export const openCursor = (secret: string, cursor: string, query: CursorQuery): string => {
  const invalid = () => new InvalidCursor('the cursor is not one of this query');
  if (cursor.length > longestCursor || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw invalid();
  const bytes = Buffer.from(cursor, 'base64url');
  // Node ignores what is too little for a byte at the end; only the text that was given out is ours.
  if (bytes.length <= macBytes || bytes.toString('base64url') !== cursor) throw invalid();
  const position = bytes.subarray(macBytes).toString();
  if (!timingSafeEqual(bytes.subarray(0, macBytes), macOf(secret, position, query))) throw invalid();
  return position;
};
