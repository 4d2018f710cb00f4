/** Seconds a secret is kept before it is read again. */
const keptSeconds = 900;

/** A secret of Secrets Manager by its ARN; the client is loaded with the first call, since most of a cold start is loading. */
export const readSecret = async (arn: string): Promise<string> => {
  const { getSecret } = await import('@aws-lambda-powertools/parameters/secrets');
  const secret = await getSecret(arn, { maxAge: keptSeconds });
  if (typeof secret !== 'string' || secret === '') throw new Error('the signing secret is empty');
  return secret;
};

const isNotThere = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && error.cause.name === 'ResourceNotFoundException';

/** The values that a secret has now and, once it was changed, had before; read anew each time. */
export const readSecretVersions = async (arn: string): Promise<readonly string[]> => {
  const { getSecret } = await import('@aws-lambda-powertools/parameters/secrets');
  const versionOf = async (VersionStage: string): Promise<string[]> => {
    const value = await getSecret(arn, { forceFetch: true, sdkOptions: { VersionStage } });
    return typeof value === 'string' && value !== '' ? [value] : [];
  };
  const before = versionOf('AWSPREVIOUS').catch((error: unknown) => {
    if (isNotThere(error)) return [];
    throw error;
  });
  const [present, previous] = await Promise.all([versionOf('AWSCURRENT'), before]);
  if (present.length === 0) throw new Error('the secret is empty');
  return [...present, ...previous];
};
