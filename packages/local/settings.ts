import { resolve } from 'node:path';
import { type OidcSettings, oidcSettings } from '#runtime/oidc.ts';
import { IN_MEMORY } from './aws/data-directory.ts';
import { parseFaults } from './aws/faults.ts';
import type { FaultSettings } from './aws/types.ts';

/** What the environment says, parsed. */
export interface Settings {
  /** 0 for any free one. */
  readonly port: number;
  readonly awsPort: number;
  /** Absolute, or `:memory:`. */
  readonly dataDirectory: string;
  readonly dynamoDbEndpoint: string | undefined;
  readonly adminKey: string;
  readonly faults: FaultSettings | undefined;
  /** Whose access tokens are taken beside API keys. */
  readonly oidc: OidcSettings | undefined;
}

/** A setting is not as it must be; the message says which and how. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

const port = (name: string, value: string | undefined, otherwise: number): number => {
  if (value === undefined || value === '') return otherwise;
  const parsed = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(parsed <= 65_535)) throw new SettingsError(`${name} must be a port from 0 to 65535 (0 for any free one), not "${value}"`);
  return parsed;
};

/**
 * Reads the settings of the local runtime from environment variables.
 * @throws {SettingsError} for one that is malformed
 */
export const readSettings = (environment: Readonly<Record<string, string | undefined>>): Settings => {
  const httpPort = port('PORT', environment.PORT, 3000);
  const awsPort = port('LEADLINE_AWS_PORT', environment.LEADLINE_AWS_PORT, httpPort === 0 ? 0 : httpPort + 1);
  if (awsPort > 65_535) throw new SettingsError('LEADLINE_AWS_PORT must be given when PORT is 65535');
  if (httpPort !== 0 && awsPort === httpPort) throw new SettingsError('LEADLINE_AWS_PORT must differ from PORT');
  const endpoint = environment.LEADLINE_DYNAMODB_ENDPOINT || undefined;
  if (endpoint !== undefined && !(URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol))) {
    throw new SettingsError(`LEADLINE_DYNAMODB_ENDPOINT must be a URL such as http://localhost:8000, not "${endpoint}"`);
  }
  const adminKey = environment.LEADLINE_ADMIN_KEY || 'lk_local_admin';
  // It is sent in a header: visible ASCII without spaces.
  if (!/^[\x21-\x7e]{8,200}$/.test(adminKey))
    throw new SettingsError('LEADLINE_ADMIN_KEY must be 8 to 200 visible ASCII characters without spaces');
  const data = environment.LEADLINE_DATA || '.leadline';
  let faults: FaultSettings | undefined;
  let oidc: OidcSettings | undefined;
  try {
    faults = parseFaults(environment.LEADLINE_FAULTS);
    oidc = oidcSettings(
      {
        issuer: environment.LEADLINE_OIDC_ISSUER,
        audience: environment.LEADLINE_OIDC_AUDIENCE,
        jwksUrl: environment.LEADLINE_OIDC_JWKS_URL,
      },
      { issuer: 'LEADLINE_OIDC_ISSUER', audience: 'LEADLINE_OIDC_AUDIENCE', jwksUrl: 'LEADLINE_OIDC_JWKS_URL' },
    );
  } catch (error) {
    throw new SettingsError(error instanceof Error ? error.message : String(error));
  }
  return {
    port: httpPort,
    awsPort,
    dataDirectory: data === IN_MEMORY ? data : resolve(data),
    dynamoDbEndpoint: endpoint,
    adminKey,
    faults,
    oidc,
  };
};
