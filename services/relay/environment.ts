import * as z from 'zod/mini';

/** What the relay is told by its environment; types the construct that deploys it, too. It knows no table: the stream brings it what to say. */
export const RelayEnvironment = z.object({
  SERVICE: z.literal('relay'),
  STAGE: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,19}$/)),
  BUS_NAME: z.string().check(z.minLength(1), z.maxLength(256)),
});
export type RelayEnvironment = z.infer<typeof RelayEnvironment>;
