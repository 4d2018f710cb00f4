import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Payload } from '../form-fields.ts';
import type { VendorFormat } from './read-delivery.ts';

/** A delivery as it came. */
export interface SignedDelivery {
  readonly bytes: Uint8Array;
  readonly payload: Payload;
  readonly header: (name: string) => string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Webflow: an older one may be a replay. Source: https://developers.webflow.com/data/docs/working-with-webhooks */
const mostMilliseconds = 5 * 60 * 1000;

/** Compares in a time that tells nothing of where they differ. */
export const isSame = (given: string, expected: string): boolean => {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
};

const hmac = (secret: string, encoding: 'hex' | 'base64', ...parts: readonly (string | Uint8Array)[]): string =>
  parts.reduce((sum, part) => sum.update(part), createHmac('sha256', secret)).digest(encoding);

const isFresh = (timestamp: string, now: number): boolean =>
  /^\d{1,15}$/.test(timestamp) && Math.abs(now - Number(timestamp)) <= mostMilliseconds;

/**
 * Whether the vendor, who shares the secret, sent it.
 * Sources: https://www.typeform.com/developers/webhooks/secure-your-webhooks/ · https://tally.so/help/webhooks ·
 * https://developers.webflow.com/data/docs/working-with-webhooks · https://developers.google.com/google-ads/webhook/docs/implementation ·
 * https://developers.facebook.com/docs/graph-api/webhooks/getting-started
 */
export const isAuthentic = (format: VendorFormat, secret: string, { bytes, payload, header, now }: SignedDelivery): boolean => {
  switch (format) {
    case 'typeform':
      return isSame(header('typeform-signature') ?? '', `sha256=${hmac(secret, 'base64', bytes)}`);
    case 'tally':
      return isSame(header('tally-signature') ?? '', hmac(secret, 'base64', bytes));
    case 'webflow': {
      const timestamp = header('x-webflow-timestamp') ?? '';
      return isFresh(timestamp, now) && isSame(header('x-webflow-signature') ?? '', hmac(secret, 'hex', `${timestamp}:`, bytes));
    }
    case 'google-ads':
      return typeof payload.google_key === 'string' && isSame(payload.google_key, secret);
    case 'meta-lead-ads':
      return isSame(header('x-hub-signature-256') ?? '', `sha256=${hmac(secret, 'hex', bytes)}`);
  }
};
