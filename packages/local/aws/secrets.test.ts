import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { principal, type Running, SECRET, start } from './fixtures.ts';
import { generateSecret, openSecrets } from './secrets.ts';

describe('Generated secrets', () => {
  test('follow the rules they were given', () => {
    const rules = fc.record({
      PasswordLength: fc.integer({ min: 4, max: 100 }),
      ExcludePunctuation: fc.boolean(),
      ExcludeNumbers: fc.boolean(),
      ExcludeUppercase: fc.boolean(),
      ExcludeCharacters: fc.constantFrom('', 'abc', '"@/\\'),
    });
    fc.assert(
      fc.property(rules, (given) => {
        const secret = generateSecret(given);
        expect(secret).toHaveLength(given.PasswordLength);
        expect(given.ExcludeCharacters.split('').some((character) => secret.includes(character))).toBe(false);
        expect(/[a-z]/.test(secret)).toBe(true);
        expect(/[0-9]/.test(secret)).toBe(!given.ExcludeNumbers);
        expect(/[A-Z]/.test(secret)).toBe(!given.ExcludeUppercase);
        expect(/[^a-zA-Z0-9]/.test(secret)).toBe(!given.ExcludePunctuation);
      }),
    );
  });

  test('can stand in a JSON template', () => {
    const secret: unknown = JSON.parse(generateSecret({ SecretStringTemplate: '{"user":"admin"}', GenerateStringKey: 'password' }));
    expect(secret).toEqual({ user: 'admin', password: expect.stringMatching(/^.{32}$/) });
  });
});

describe('Secrets in the data directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'leadline-secrets-test-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('stay the same from start to start, and nobody else can read them', () => {
    const first = openSecrets(directory, [SECRET]).get('signing');
    expect(first?.value).toHaveLength(64);
    const other = { arn: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:other-AbCdEf', name: 'other', value: 'given' };
    const second = openSecrets(directory, [other, SECRET]);
    expect(second.get('signing')).toEqual(first);
    expect(second.get('other')?.value).toBe('given');
    expect(statSync(join(directory, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  test('that are damaged are not silently made anew', () => {
    writeFileSync(join(directory, 'secrets.json'), '{oops');
    expect(() => openSecrets(directory, [SECRET])).toThrow('secrets.json is damaged');
  });
});

describe('The Secrets Manager endpoint', () => {
  const reader = principal('intake-http', {
    Effect: 'Allow',
    Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
    Resource: SECRET.arn,
  });
  const stranger = principal('relay');
  let running: Running;
  beforeAll(async () => {
    running = await start([reader, stranger]);
  });
  afterAll(() => running.stop());

  const client = (who: typeof reader) =>
    new SecretsManagerClient({ endpoint: running.endpoints.url, region: 'eu-central-1', credentials: who, maxAttempts: 1 });

  test.each([SECRET.arn, SECRET.name, SECRET.arn.replace('-AbCdEf', '')])('gives the value by %s', async (SecretId) => {
    const found = await client(reader).send(new GetSecretValueCommand({ SecretId }));
    expect(found).toMatchObject({
      ARN: SECRET.arn,
      Name: 'signing',
      SecretString: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
      VersionStages: ['AWSCURRENT'],
    });
    const described = await client(reader).send(new DescribeSecretCommand({ SecretId }));
    expect(described.VersionIdsToStages).toEqual({ [found.VersionId ?? '']: ['AWSCURRENT'] });
  });

  test('refuses a function without the permission', async () => {
    await expect(client(stranger).send(new GetSecretValueCommand({ SecretId: SECRET.arn }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`not authorized to perform: secretsmanager:GetSecretValue on resource: ${SECRET.arn}`),
    });
  });

  test('says what it does not have', async () => {
    const developer = client({ ...reader, accessKeyId: 'dev' });
    await expect(developer.send(new GetSecretValueCommand({ SecretId: 'nothing' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(developer.send(new GetSecretValueCommand({ SecretId: SECRET.arn, VersionStage: 'AWSPREVIOUS' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });
});
