import { createHmac } from 'node:crypto';
import * as z from 'zod/mini';
import type { Draft, Key } from '#table/item.ts';
import { partition } from '#table/keys.ts';

/** What is kept of an API key: never the key, only its HMAC as the item's place. */
export const ApiKeyRecord = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  createdAt: z.string(),
  expiresAt: z.optional(z.string()),
  revokedAt: z.optional(z.string()),
  requestsPerSecond: z.optional(z.int()),
});
export type ApiKeyRecord = z.infer<typeof ApiKeyRecord>;

/** Lower-case hex HMAC-SHA256 of the key under the signing secret. */
export const hashOfKey = (secret: string, key: string): string => createHmac('sha256', secret).update(key).digest('hex');

/** Where the record of a key with this hash is. Every service may get it (a declared foreign read). */
export const apiKeyKey = (hash: string): Key => ({ pk: partition('platform', 'api-key', hash), sk: 'key' });

export interface NewApiKey {
  /** The key as the caller will send it. */
  readonly key: string;
  readonly secret: string;
  readonly record: ApiKeyRecord;
}

/** The item that makes an API key valid. */
export const apiKeyItem = ({ key, secret, record }: NewApiKey): Draft<ApiKeyRecord> => ({
  ...apiKeyKey(hashOfKey(secret, key)),
  kind: 'api-key',
  data: record,
});
