import { randomBytes } from 'node:crypto';
import type { OidcSettings } from '#runtime/oidc.ts';
import type { Principal } from './aws/types.ts';
import type { FunctionModel } from './model.ts';

/** Each function's own credentials with what its role allows, by access key id. They live as long as the process. */
export const principalsOf = (functions: readonly FunctionModel[]): ReadonlyMap<string, Principal> =>
  new Map(
    functions.map(({ name, statements }) => {
      const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`;
      return [accessKeyId, { name, accessKeyId, secretAccessKey: randomBytes(30).toString('base64'), statements }];
    }),
  );

/** The variables that Lambda sets, and where the AWS SDK finds the local endpoints. */
export const lambdaEnvironment = (model: FunctionModel, principal: Principal, awsUrl: string, region: string): Record<string, string> => ({
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: principal.accessKeyId,
  AWS_SECRET_ACCESS_KEY: principal.secretAccessKey,
  AWS_SESSION_TOKEN: 'local',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: model.name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(model.memory),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
  _HANDLER: model.handler,
  LAMBDA_TASK_ROOT: model.codeDirectory,
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  PATH: process.env.PATH ?? '',
  AWS_ENDPOINT_URL_DYNAMODB: awsUrl,
  AWS_ENDPOINT_URL_EVENTBRIDGE: awsUrl,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: awsUrl,
  // Neither files of the machine's user nor instance metadata are to be asked.
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
});

/** What the cloud's functions are given at deployment: whose access tokens they take. */
export const oidcEnvironment = (oidc: OidcSettings | undefined): Record<string, string> =>
  oidc === undefined ? {} : { OIDC_ISSUER: oidc.issuer, OIDC_AUDIENCE: oidc.audience, OIDC_JWKS_URL: oidc.jwksUrl };
