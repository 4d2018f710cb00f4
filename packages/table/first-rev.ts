import { createHash } from 'node:crypto';

/**
 * Where the revisions of an item begin that goes and may come again: elsewhere for other data, so that whoever read the one before does not
 * take this one for it. 1 to 2^32.
 */
export const firstRevOf = (data: unknown): number => 1 + createHash('sha256').update(JSON.stringify(data)).digest().readUInt32BE();
