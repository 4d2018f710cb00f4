import { createHash, timingSafeEqual } from 'node:crypto';
import type { Edge } from './edge.ts';
import type { GatewayEvent } from './gateway.ts';
import { notDirectly } from './problem.ts';

/**
 * What CloudFront, where it stands in front, adds to a request: the secret that proves it, and what the connection to API Gateway no longer
 * tells, the address of the caller and the host that was asked. Both are written anew for each request, whatever the caller sent.
 */
export const frontHeaders = { secret: 'x-leadline-front', viewer: 'x-leadline-viewer', host: 'x-leadline-host' } as const;

/** Milliseconds that the secret's values are kept. Whoever changes it waits that long before CloudFront sends the new one. */
const keptFor = 300_000;

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compared by digest, so that neither a length nor a first wrong letter can be told from the time it takes; all are compared. */
const isOneOf = (given: string, values: readonly string[]): boolean => {
  const digest = digestOf(given);
  return values.map((value) => timingSafeEqual(digestOf(value), digest)).includes(true);
};

/**
 * Lets in what came through CloudFront only, where it stands in front, and has the event say whom it came from then. Elsewhere, and for a
 * request that nothing proves, the address is that of the connection: a header is anybody's claim.
 */
export const createFront = ({ frontSecrets, now }: Pick<Edge, 'frontSecrets' | 'now'>) => {
  let kept: { readonly values: readonly string[]; readonly until: number } | undefined;
  const secrets = async (read: () => Promise<readonly string[]>): Promise<readonly string[]> => {
    if (kept === undefined || kept.until <= now()) kept = { values: await read(), until: now() + keptFor };
    return kept.values;
  };

  /** @throws {Problem} 403 for a request that goes round CloudFront. */
  return async (event: GatewayEvent): Promise<void> => {
    if (frontSecrets === undefined) return;
    const { [frontHeaders.secret]: given = '', [frontHeaders.viewer]: viewer, [frontHeaders.host]: host } = event.headers;
    if (!isOneOf(given, await secrets(frontSecrets))) throw notDirectly();
    delete event.headers[frontHeaders.secret];
    if (viewer !== undefined) event.requestContext.http.sourceIp = viewer;
    if (host !== undefined) event.headers.host = host;
  };
};
