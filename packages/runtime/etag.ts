import { preconditionFailed } from './problem.ts';

/**
 * The entity tag of a resource, without quotes: `<version>.<derived>`. `version` grows with callers' changes, `derived` (0 unless given)
 * with what the system derived since, a score or a counter; an item's `rev` does for it.
 */
export const etagOf = (resource: { readonly version: number; readonly derived?: number }): string =>
  `${resource.version}.${resource.derived ?? 0}`;

const entityTags = /(?:W\/)?"([\u0021\u0023-\u007e\u0080-\u00ff]*)"/g;

const tagsOf = (header: string): string[] => [...header.matchAll(entityTags)].map((match) => match[1] ?? '');

/**
 * `If-Match` as the contract has it: 412 only if a caller changed the resource since, so the version part alone is compared; `*` always
 * holds. Without the header nothing is asked.
 */
export const assertIfMatch = (header: string | undefined, version: number): void => {
  if (header === undefined || header.trim() === '*') return;
  const versions = tagsOf(header).map((tag) => tag.split('.')[0]);
  if (!versions.includes(String(version))) throw preconditionFailed();
};

/** `If-None-Match` on GET: true when nothing at all changed (RFC 9110, weak comparison). */
export const matchesNoneMatch = (header: string | undefined, etag: string): boolean =>
  header !== undefined && (header.trim() === '*' || tagsOf(header).includes(etag));
