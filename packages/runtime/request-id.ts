import { newUlid } from './new-id.ts';

const acceptable = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's `X-Request-Id` when it is 1 to 128 of `A-Za-z0-9._-`, else a new one. */
export const requestIdFrom = (header: string | undefined): string =>
  header !== undefined && acceptable.test(header) ? header : `req_${newUlid(Date.now())}`;
