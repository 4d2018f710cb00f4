import { setTimeout as wait } from 'node:timers/promises';
import { tableClient } from '#table/client.ts';
import { createTable, type Table } from '#table/table.ts';
import { FunctionEnvironment, readEnvironment } from './environment.ts';
import { type OidcSettings, oidcSettings } from './oidc.ts';
import { readSecret, readSecretVersions } from './secrets.ts';
import { traceClient } from './tracing.ts';

/** What a function stands on. In Lambda it is made from the environment when the function starts; tests give their own. */
export interface Edge {
  readonly table: Table;
  /** The secret that signs cursors and hashes API keys. */
  readonly signingSecret: () => Promise<string>;
  /** The values of the secret that CloudFront proves itself with; absent where nothing stands in front. */
  readonly frontSecrets?: () => Promise<readonly string[]>;
  /** Reached over HTTPS alone, as every deployed stage is. */
  readonly httpsOnly?: boolean;
  /** Whose access tokens are taken beside API keys; nobody's unless given. */
  readonly oidc?: OidcSettings | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/** The edge of a running function. */
export const lambdaEdge = (): Edge => {
  const environment = readEnvironment(FunctionEnvironment);
  const { FRONT_SECRET_ARN: frontSecretArn } = environment;
  const client = tableClient();
  traceClient(client);
  return {
    table: createTable({ client, tableName: environment.TABLE_NAME }),
    signingSecret: () => readSecret(environment.SIGNING_SECRET_ARN),
    ...(frontSecretArn === undefined ? {} : { frontSecrets: () => readSecretVersions(frontSecretArn) }),
    httpsOnly: environment.STAGE !== 'local',
    oidc: oidcSettings(
      { issuer: environment.OIDC_ISSUER, audience: environment.OIDC_AUDIENCE, jwksUrl: environment.OIDC_JWKS_URL },
      { issuer: 'OIDC_ISSUER', audience: 'OIDC_AUDIENCE', jwksUrl: 'OIDC_JWKS_URL' },
    ),
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: async (milliseconds) => {
      await wait(milliseconds);
    },
  };
};
