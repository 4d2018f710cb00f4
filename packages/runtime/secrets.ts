/** Seconds a secret is kept before it is read again. */
const keptSeconds = 900;

/** A secret of Secrets Manager by its ARN; the client is loaded with the first call, since most of a cold start is loading. */
export const readSecret = async (arn: string): Promise<string> => {
  const { getSecret } = await import('@aws-lambda-powertools/parameters/secrets');
  const secret = await getSecret(arn, { maxAge: keptSeconds });
  if (typeof secret !== 'string' || secret === '') throw new Error('the signing secret is empty');
  return secret;
};
