import * as z from 'zod/mini';
import { serviceNames } from '../core/event.ts';
import { id } from '../core/ids.ts';
import { scopes } from '../core/route.ts';
import { text } from '../core/text.ts';
import { commonFields, timestamp, timestampInput } from '../core/values.ts';

export const Health = z.object({ status: z.literal('ok'), version: z.string() });

export const ApiKeyInput = z.strictObject({
  name: text(),
  scopes: z.array(z.enum(scopes)).check(
    z.minLength(1),
    z.maxLength(50),
    z.overwrite((values) => [...new Set(values)]),
  ),
  expiresAt: z.optional(timestampInput()),
  requestsPerSecond: z.optional(z.int().check(z.minimum(1), z.maximum(10_000))),
});
export type ApiKeyInput = z.output<typeof ApiKeyInput>;

/** An API key without its secret; only a keyed hash of that is stored. */
export const ApiKey = z.object({
  id: id('apiKey'),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  expiresAt: z.optional(timestamp()),
  /** Requests that it is good for in a second, over all services; beyond, 429. */
  requestsPerSecond: z.optional(z.int()),
  /** The hour in which it was used last, by its beginning; absent when never, or not in the last 400 days. Derived: it raises no `version`. */
  lastUsedAt: z.optional(timestamp()),
  ...commonFields,
});
export type ApiKey = z.infer<typeof ApiKey>;

/** The answer that shows the secret, once. */
export const ApiKeyWithSecret = z.object({ ...ApiKey.shape, secret: z.optional(z.string()) });

export const RotateInput = z.strictObject({ overlapSeconds: z._default(z.int().check(z.minimum(0), z.maximum(30 * 86_400)), 0) });

/** An event that a consumer could not handle, whole and as it came. */
export const DeadLetter = z.object({
  id: z.string(),
  consumer: z.enum(serviceNames),
  eventId: z.nullable(z.string()),
  detailType: z.string(),
  error: z.string(),
  correlationId: z.string(),
  receivedAt: timestamp(),
  event: z.record(z.string(), z.unknown()),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

export const RedriveInput = z.strictObject({
  consumer: z.optional(z.enum(serviceNames)),
  ids: z.optional(z.array(id('deadLetter')).check(z.minLength(1), z.maxLength(50))),
});
export type RedriveInput = z.output<typeof RedriveInput>;
export const RedriveResult = z.object({ redriven: z.int() });
