import { describe, expect, it } from 'vitest';
import { tableStatements } from '../../infra/constructs/table-access.ts';
import { functionsOf } from '../../infra/functions.ts';
import { services } from '../../infra/services.ts';
import { type Resource, refersTo, synthesize } from './synthesized.ts';

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, string | string[]>>;
}

const { ofType } = synthesize('prod', services);
const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);

const roles = ofType('AWS::IAM::Role');
const statementsOf = (role: Resource): Statement[] =>
  ofType('AWS::IAM::Policy')
    .filter(({ stack, properties }) => stack === role.stack && refersTo(properties.Roles, role))
    .flatMap(({ properties }) => properties.PolicyDocument.Statement);
const statementsOfFunction = (name: string): Statement[] => {
  const deployed = ofType('AWS::Lambda::Function').find(({ properties }) => properties.FunctionName === `leadline-prod-${name}`);
  const role = roles.find((candidate) => deployed && candidate.stack === deployed.stack && refersTo(deployed.properties.Role, candidate));
  return role ? statementsOf(role) : [];
};
const onTable = (statements: readonly Statement[]): Statement[] =>
  statements.filter(({ Action }) => list(Action).some((action) => /^dynamodb:.*(Item|Query|Scan)/.test(action)));
const leadingKeysOf = (statement: Statement): string[] =>
  list(statement.Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []);

describe('policies', () => {
  it.each(roles.map((role) => [`${role.stack} ${role.id}`, role] as const))(
    '%s allows no wildcard beyond what X-Ray and ListStreams need',
    (_, role) => {
      expect(role.properties.ManagedPolicyArns ?? []).toEqual([]);
      for (const statement of statementsOf(role)) {
        const actions = list(statement.Action);
        expect(actions.filter((action) => action.includes('*'))).toEqual([]);
        if (JSON.stringify(statement.Resource).includes('*')) {
          expect(actions).toSatisfy((all: string[]) =>
            all.every((action) => action.startsWith('xray:') || action === 'dynamodb:ListStreams'),
          );
        }
      }
    },
  );

  it('lets nobody scan, batch-write, run PartiQL or change the table', () => {
    const allowed = new Set(
      roles
        .flatMap(statementsOf)
        .flatMap(({ Action }) => list(Action))
        .filter((action) => action.startsWith('dynamodb:')),
    );
    expect([...allowed].sort()).toEqual(
      [
        'BatchGetItem',
        'ConditionCheckItem',
        'DeleteItem',
        'DescribeStream',
        'GetItem',
        'GetRecords',
        'GetShardIterator',
        'ListStreams',
        'PutItem',
        'Query',
        'UpdateItem',
      ].map((action) => `dynamodb:${action}`),
    );
  });

  it('binds every access to items to partition keys, also when a request has none', () => {
    for (const statement of onTable(roles.flatMap(statementsOf))) {
      expect(leadingKeysOf(statement).length, JSON.stringify(statement)).toBeGreaterThan(0);
      expect(statement.Condition?.Null).toEqual({ 'dynamodb:LeadingKeys': 'false' });
    }
  });

  it.each(services.flatMap((service) => functionsOf(service).map((one) => [one.name, one, service] as const)))(
    '%s writes its own records, counts the use of keys if it answers HTTP, reads what it declares, and no others',
    (name, { role, declaration }, service) => {
      const granted = onTable(statementsOfFunction(name)).flatMap((statement) =>
        leadingKeysOf(statement).flatMap((keys) => list(statement.Action).map((action) => `${keys} ${action.replace('dynamodb:', '')}`)),
      );
      const own = ['BatchGetItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'].map(
        (action) => `${service.name}#* ${action}`,
      );
      const declared = service.reads.flatMap(({ partitions }) => [`${partitions} ConditionCheckItem`, `${partitions} GetItem`]);
      const answersHttp = role === 'http' || role === 'other';
      const keys = answersHttp && service.name !== 'platform' ? ['platform#api-key#* GetItem'] : [];
      const shown = service.name === 'platform' ? ['usage#* BatchGetItem'] : [];
      const usage = answersHttp ? ['usage#* UpdateItem', ...shown] : [];
      expect(granted.sort()).toEqual(declaration.table === false ? [] : [...own, ...declared, ...keys, ...usage].sort());
    },
  );

  it('opens the indexes to their owners alone', () => {
    for (const statement of onTable(roles.flatMap(statementsOf))) {
      const throughIndexes = JSON.stringify(statement.Resource).includes('/index/');
      expect(throughIndexes, JSON.stringify(statement)).toBe(statement.Sid === 'OwnRecords');
    }
  });

  it('lets the relay put events and nobody else', () => {
    const putting = ofType('AWS::IAM::Policy').filter(({ properties }) => JSON.stringify(properties).includes('events:PutEvents'));
    expect(putting.map(({ stack }) => stack)).toEqual(['leadline-prod-relay']);
    expect(onTable(statementsOfFunction('relay'))).toEqual([]);
  });

  it('refuses a foreign read outside its owner’s prefix', () => {
    const arns = { table: 'arn:aws:dynamodb:eu-west-1:111111111111:table/leadline-dev', indexes: [] };
    const read = (owner: 'deals' | 'intake', partitions: string) => () =>
      tableStatements({ name: 'deals', reads: [{ owner, partitions, why: 'a test' }] }, arns, { answersHttp: false });
    expect(read('intake', '*')).toThrow(/not a prefix/);
    expect(read('intake', 'accounts#account#*')).toThrow(/not a prefix/);
    expect(read('deals', 'deals#deal#*')).toThrow(/not a prefix/);
    expect(read('intake', 'intake#lead#*')).not.toThrow();
  });
});
