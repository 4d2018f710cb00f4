import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from './settings.ts';

describe('the settings', () => {
  it('have defaults', () => {
    expect(readSettings({})).toEqual({
      port: 3000,
      awsPort: 3001,
      dataDirectory: resolve('.leadline'),
      dynamoDbEndpoint: undefined,
      adminKey: 'lk_local_admin',
      faults: undefined,
      oidc: undefined,
    });
  });

  it('take the AWS port from the port, and any free ones for 0', () => {
    expect(readSettings({ PORT: '4000' }).awsPort).toBe(4001);
    expect(readSettings({ PORT: '0' }).awsPort).toBe(0);
    expect(readSettings({ PORT: '4000', LEADLINE_AWS_PORT: '5000' }).awsPort).toBe(5000);
  });

  it('keep nothing with :memory:', () => {
    expect(readSettings({ LEADLINE_DATA: ':memory:' }).dataDirectory).toBe(':memory:');
  });

  it('name the issuer of access tokens, which may be on this machine', () => {
    const environment = {
      LEADLINE_OIDC_ISSUER: 'http://localhost:9000',
      LEADLINE_OIDC_AUDIENCE: 'leadline',
      LEADLINE_OIDC_JWKS_URL: 'http://127.0.0.1:9000/keys',
    };
    expect(readSettings(environment).oidc).toEqual({
      issuer: 'http://localhost:9000',
      audience: 'leadline',
      jwksUrl: 'http://127.0.0.1:9000/keys',
    });
    expect(readSettings({ LEADLINE_OIDC_ISSUER: '' }).oidc).toBeUndefined();
  });

  it.each([
    [{ LEADLINE_OIDC_ISSUER: 'https://login.example' }, /look at LEADLINE_OIDC_AUDIENCE, LEADLINE_OIDC_JWKS_URL/],
    [{ PORT: 'http' }, /^PORT must be a port/],
    [{ PORT: '70000' }, /^PORT must be a port/],
    [{ PORT: '4000', LEADLINE_AWS_PORT: '4000' }, /must differ from PORT/],
    [{ PORT: '65535' }, /^LEADLINE_AWS_PORT must be given/],
    [{ LEADLINE_DYNAMODB_ENDPOINT: 'localhost' }, /^LEADLINE_DYNAMODB_ENDPOINT must be a URL/],
    [{ LEADLINE_ADMIN_KEY: 'with space' }, /^LEADLINE_ADMIN_KEY must be/],
    [{ LEADLINE_FAULTS: 'explode=1' }, /^LEADLINE_FAULTS: unknown word/],
  ])('refuse %j, naming the setting', (environment, message) => {
    expect(() => readSettings(environment)).toThrow(SettingsError);
    expect(() => readSettings(environment)).toThrow(message);
  });
});
