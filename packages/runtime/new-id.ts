import { monotonicFactory } from 'ulid';
import { type IdKind, idPrefixes } from '#contracts/core/ids.ts';

const ulid = monotonicFactory();

/** A ULID of that moment (milliseconds since 1970); within a process later ones sort after earlier ones. */
export const newUlid = (at: number): string => ulid(at);

/** `<prefix>_<ULID>`. */
export const newId = (kind: IdKind, at: number): string => `${idPrefixes[kind]}_${newUlid(at)}`;
