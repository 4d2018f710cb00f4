import * as z from 'zod/mini';
import { serviceNames } from '#contracts/core/event.ts';

/** The environment of every function that has a table; infrastructure gives exactly these. */
export const FunctionEnvironment = z.object({
  SERVICE: z.enum(serviceNames),
  STAGE: z.string().check(z.regex(/^[a-z][a-z0-9-]{0,19}$/)),
  TABLE_NAME: z.string().check(z.minLength(3)),
  /** Secrets Manager secret that signs cursors and hashes API keys. */
  SIGNING_SECRET_ARN: z.string().check(z.minLength(1)),
  /** Secret that CloudFront proves itself with, in stages that have it in front. */
  FRONT_SECRET_ARN: z.optional(z.string().check(z.minLength(1))),
  /** Whose access tokens are taken beside API keys; all three or none, of functions that answer HTTP. */
  OIDC_ISSUER: z.optional(z.string()),
  OIDC_AUDIENCE: z.optional(z.string()),
  OIDC_JWKS_URL: z.optional(z.string()),
});
export type FunctionEnvironment = z.infer<typeof FunctionEnvironment>;

/**
 * Reads the environment. To be called once, when the function starts.
 *
 * @throws {Error} naming each variable that is missing or not of its form, never a value.
 */
export const readEnvironment = <Schema extends z.ZodMiniType>(
  schema: Schema,
  from: Readonly<Record<string, string | undefined>> = process.env,
): z.output<Schema> => {
  const result = z.safeParse(schema, from);
  if (result.success) return result.data;
  const names = [...new Set(result.error.issues.map((issue) => String(issue.path[0] ?? 'environment')))];
  throw new Error(`The function's environment is not complete: ${names.join(', ')}`);
};
