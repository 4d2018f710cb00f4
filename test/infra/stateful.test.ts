import { describe, expect, it } from 'vitest';
import { services } from '../../infra/services.ts';
import { synthesize } from './synthesized.ts';

const stages = { dev: synthesize('dev', services), prod: synthesize('prod', services), local: synthesize('local', services) };
const only = (stage: keyof typeof stages, type: string, name?: string) => {
  const [resource, ...others] = stages[stage].ofType(type).filter(({ properties }) => name === undefined || properties.Name === name);
  expect(others).toEqual([]);
  if (!resource) throw new Error(`${stage} has no ${type}`);
  return resource;
};

describe('table', () => {
  it('survives its stack in prod, with recovery to any point in time', () => {
    const table = only('prod', 'AWS::DynamoDB::GlobalTable');
    expect(table.deletionPolicy).toBe('Retain');
    expect(table.properties.Replicas).toMatchObject([
      { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    ]);
  });

  it.each(['dev', 'local'] as const)('goes with its stack in %s', (stage) => {
    const table = only(stage, 'AWS::DynamoDB::GlobalTable');
    expect(table.deletionPolicy).toBe('Delete');
    expect(table.properties.Replicas[0].DeletionProtectionEnabled ?? false).toBe(false);
  });

  it('has the keys, indexes, stream and expiry that the table package counts on, on demand', () => {
    const { properties } = only('prod', 'AWS::DynamoDB::GlobalTable');
    const keys = (partition: string, sort: string) => [
      { AttributeName: partition, KeyType: 'HASH' },
      { AttributeName: sort, KeyType: 'RANGE' },
    ];
    expect(properties).toMatchObject({
      TableName: 'leadline-prod',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys('pk', 'sk'),
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
    expect(properties.GlobalSecondaryIndexes).toEqual(
      ['gsi1', 'gsi2', 'gsi3'].map((name) => ({
        IndexName: name,
        KeySchema: keys(`${name}pk`, `${name}sk`),
        Projection: { ProjectionType: 'ALL' },
      })),
    );
  });
});

describe('bus, secret and topic', () => {
  it.each(['dev', 'prod', 'local'] as const)('%s has one custom bus, named after the stage', (stage) => {
    expect(only(stage, 'AWS::Events::EventBus').properties.Name).toBe(`leadline-${stage}`);
  });

  it('keeps events for replay for thirty days', () => {
    expect(only('prod', 'AWS::Events::Archive').properties.RetentionDays).toBe(30);
  });

  it('generates the signing secret, so that nobody knows it', () => {
    const { properties, deletionPolicy } = only('prod', 'AWS::SecretsManager::Secret', 'leadline-prod-signing');
    expect(properties.GenerateSecretString).toMatchObject({ PasswordLength: 64 });
    expect(properties.SecretString).toBeUndefined();
    expect(deletionPolicy).toBe('Retain');
  });

  it('encrypts alarms and lets CloudWatch send them', () => {
    expect(only('prod', 'AWS::SNS::Topic').properties.KmsMasterKeyId).toBeDefined();
    expect(JSON.stringify(only('prod', 'AWS::KMS::Key').properties.KeyPolicy)).toContain('cloudwatch.amazonaws.com');
  });
});
