/** What a use case answers; the HTTP edge makes bytes of it. */
export interface Answer {
  readonly status: number;
  /** A JSON value; with `contentType` given, text or bytes sent as they are. Absent: no body. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The entity tag without quotes, of `etagOf`. GET with an equal `If-None-Match` then is answered 304. */
  readonly etag?: string;
  /** What a replay of this answer says instead of `body`: the same without secrets. */
  readonly replayBody?: unknown;
  /** Set by `page`: the edge seals the position as `nextCursor`. */
  readonly page?: Page;
}

export interface Page<T = unknown> {
  readonly items: readonly T[];
  /** Position to go on from, as `table.list` gives it; undefined when everything was seen. */
  readonly next: string | undefined;
}

export interface AnswerOptions {
  readonly etag?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly replayBody?: unknown;
}

/** 200 with a resource. */
export const ok = (body: unknown, options: AnswerOptions = {}): Answer => ({ ...options, status: 200, body });

/** 201 with the resource and where it is, `/v1/leads/lead_…`. */
export const created = (location: string, body: unknown, options: AnswerOptions = {}): Answer => ({
  ...options,
  status: 201,
  body,
  headers: { ...options.headers, location },
});

/** 202: taken on, done later. */
export const accepted = (body: unknown, options: AnswerOptions = {}): Answer => ({ ...options, status: 202, body });

/** 204, a DELETE's answer. */
export const noContent = (): Answer => ({ status: 204 });

// A header holds ASCII only. What has nothing else goes out as it was given.
const inHeader = (url: string): string => (/^[\x21-\x7e]*$/.test(url) ? url : new URL(url).href);

/** 303: a browser's form post goes on to a page. */
export const seeOther = (url: string): Answer => ({ status: 303, headers: { location: inHeader(url) } });

/** 301: a merged record's GET goes to the survivor. */
export const movedPermanently = (location: string): Answer => ({ status: 301, headers: { location } });

/** 200 with a List; `next` becomes the signed `nextCursor`, or the page becomes CSV when the caller asks for it. */
export const page = <T>(list: Page<T>): Answer => ({ status: 200, page: list });

/** 200 with text or bytes of another media type, `text/html; charset=utf-8`. */
export const content = (contentType: string, body: string | Uint8Array, options: AnswerOptions = {}): Answer => ({
  ...options,
  status: 200,
  contentType,
  body,
});
