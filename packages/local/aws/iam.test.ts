import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePolicy } from './iam.ts';
import type { PolicyStatement } from './types.ts';

const TABLE = 'arn:aws:dynamodb:eu-central-1:000000000000:table/leadline';

function decide(statements: readonly PolicyStatement[], action: string, resource: string, context: Record<string, readonly string[]> = {}) {
  return compilePolicy(statements)({ action, resource, context: new Map(Object.entries(context)) });
}

function allows(
  statements: readonly PolicyStatement[],
  action = 'dynamodb:PutItem',
  resource = TABLE,
  context: Record<string, readonly string[]> = {},
) {
  return decide(statements, action, resource, context).allowed;
}

const ALLOW: PolicyStatement = { Effect: 'Allow', Action: '*', Resource: '*' };

describe('Statements', () => {
  test.each<[string, PolicyStatement[], boolean]>([
    ['nothing allows nothing', [], false],
    ['an action and a resource', [{ Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: TABLE }], true],
    ['actions in any case', [{ Effect: 'Allow', Action: 'DynamoDB:putitem', Resource: TABLE }], true],
    ['a wildcard in the action', [{ Effect: 'Allow', Action: ['dynamodb:Get*', 'dynamodb:P?tItem'], Resource: TABLE }], true],
    ['another action', [{ Effect: 'Allow', Action: 'dynamodb:Get*', Resource: TABLE }], false],
    ['everything but an action', [{ Effect: 'Allow', NotAction: 'dynamodb:Get*', Resource: TABLE }], true],
    ['everything but this action', [{ Effect: 'Allow', NotAction: 'dynamodb:*', Resource: TABLE }], false],
    ['a wildcard in the resource', [{ Effect: 'Allow', Action: '*', Resource: 'arn:aws:dynamodb:*:*:table/lead*' }], true],
    ['a resource in another region', [{ Effect: 'Allow', Action: '*', Resource: 'arn:aws:dynamodb:us-east-1:*:table/leadline' }], false],
    ["a resource's case counts", [{ Effect: 'Allow', Action: '*', Resource: TABLE.toUpperCase() }], false],
    ['everything but a resource', [{ Effect: 'Allow', Action: '*', NotResource: `${TABLE}/index/*` }], true],
    ['everything but this resource', [{ Effect: 'Allow', Action: '*', NotResource: TABLE }], false],
    ['a policy variable in the resource matches nothing', [{ Effect: 'Allow', Action: '*', Resource: `${TABLE}\${aws:username}` }], false],
    ['a Deny wins', [ALLOW, { Effect: 'Deny', Action: 'dynamodb:Put*', Resource: '*' }], false],
    ['a Deny of something else does not', [ALLOW, { Effect: 'Deny', Action: 'dynamodb:Delete*', Resource: '*' }], true],
  ])('%s', (_, statements, outcome) => {
    expect(allows(statements)).toBe(outcome);
  });

  test('An index is a resource of its own', () => {
    const table: PolicyStatement[] = [{ Effect: 'Allow', Action: 'dynamodb:Query', Resource: TABLE }];
    expect(allows(table, 'dynamodb:Query', TABLE)).toBe(true);
    expect(allows(table, 'dynamodb:Query', `${TABLE}/index/gsi1`)).toBe(false);
  });
});

describe('Conditions', () => {
  const KEY = 'dynamodb:LeadingKeys';
  const under = (Condition: PolicyStatement['Condition']): PolicyStatement[] => [
    { Effect: 'Allow', Action: '*', Resource: '*', Condition: Condition ?? {} },
  ];
  const cases: [NonNullable<PolicyStatement['Condition']>, readonly string[] | undefined, boolean][] = [
    [{ StringEquals: { [KEY]: 'a' } }, ['a'], true],
    [{ StringEquals: { [KEY]: ['b', 'a'] } }, ['a'], true],
    [{ StringEquals: { [KEY]: 'a' } }, undefined, false],
    [{ StringEquals: { 'DynamoDB:leadingkeys': 'a' } }, ['a'], true],
    [{ StringEqualsIgnoreCase: { [KEY]: 'A' } }, ['a'], true],
    [{ StringNotEquals: { [KEY]: ['b', 'c'] } }, ['a'], true],
    [{ StringNotEquals: { [KEY]: ['b', 'a'] } }, ['a'], false],
    [{ StringNotEquals: { [KEY]: 'a' } }, undefined, true],
    [{ StringLike: { [KEY]: 'intake#*' } }, ['intake#lead#1'], true],
    [{ StringLike: { [KEY]: 'intake#*' } }, ['Intake#lead#1'], false],
    [{ StringLike: { [KEY]: 'a?c' } }, ['abc'], true],
    [{ StringLike: { [KEY]: 'a.c' } }, ['abc'], false],
    [{ StringNotLike: { [KEY]: 'a*' } }, ['b'], true],
    [{ ArnLike: { [KEY]: 'arn:aws:s3:::b*' } }, ['arn:aws:s3:::bucket'], true],
    [{ ArnLike: { [KEY]: 'arn:*:x' } }, ['arn:aws:s3:::x'], false],
    [{ Bool: { [KEY]: true } }, ['true'], true],
    [{ Bool: { [KEY]: 'false' } }, ['true'], false],
    [{ Null: { [KEY]: 'true' } }, undefined, true],
    [{ Null: { [KEY]: true } }, ['a'], false],
    [{ Null: { [KEY]: 'false' } }, ['a'], true],
    [{ Null: { [KEY]: 'false' } }, undefined, false],
    [{ StringEqualsIfExists: { [KEY]: 'a' } }, undefined, true],
    [{ StringEqualsIfExists: { [KEY]: 'a' } }, ['b'], false],
    [{ 'ForAllValues:StringLike': { [KEY]: ['a#*', 'b#*'] } }, ['a#1', 'b#1'], true],
    [{ 'ForAllValues:StringLike': { [KEY]: ['a#*', 'b#*'] } }, ['a#1', 'c#1'], false],
    [{ 'ForAllValues:StringLike': { [KEY]: 'a#*' } }, undefined, true],
    [{ 'ForAllValues:StringLike': { [KEY]: 'a#*' }, Null: { [KEY]: 'false' } }, undefined, false],
    [{ 'ForAllValues:StringLike': { [KEY]: 'a#*' }, Null: { [KEY]: 'false' } }, ['a#1'], true],
    [{ 'ForAnyValue:StringEquals': { [KEY]: 'a' } }, ['a', 'b'], true],
    [{ 'ForAnyValue:StringEquals': { [KEY]: 'a' } }, ['b'], false],
    [{ 'ForAnyValue:StringEquals': { [KEY]: 'a' } }, undefined, false],
    [{ 'ForAllValues:StringNotEquals': { [KEY]: 'a' } }, ['b', 'c'], true],
    [{ 'ForAllValues:StringNotEquals': { [KEY]: 'a' } }, ['a', 'c'], false],
    [{ 'ForAnyValue:StringNotEquals': { [KEY]: 'a' } }, ['a', 'c'], true],
  ];
  test.each(cases)('%j with keys %j', (condition, keys, outcome) => {
    expect(allows(under(condition), 'dynamodb:PutItem', TABLE, keys === undefined ? {} : { 'dynamodb:leadingkeys': keys })).toBe(outcome);
  });

  test.each<[string, NonNullable<PolicyStatement['Condition']>]>([
    ['an unknown key', { StringEquals: { 'dynamodb:Attributes': 'a' } }],
    ['an unknown operator', { DateGreaterThan: { [KEY]: '2026-01-01' } }],
    ['a policy variable', { StringEquals: { [KEY]: `\${aws:userid}` } }],
  ])('%s never allows, always denies, and says so', (_, condition) => {
    const context = { 'dynamodb:leadingkeys': ['a'] };
    const refused = decide(under(condition), 'dynamodb:PutItem', TABLE, context);
    expect(refused).toMatchObject({ allowed: false, because: expect.stringContaining('cannot judge') });
    const denied = decide(
      [ALLOW, { Effect: 'Deny', Action: '*', Resource: '*', Condition: condition }],
      'dynamodb:PutItem',
      TABLE,
      context,
    );
    expect(denied).toMatchObject({ allowed: false, because: expect.stringContaining('Deny') });
  });
});

test('Whatever the keys, a function under a guarded prefix condition gets exactly the requests whose keys all begin with a prefix', () => {
  const prefix = fc.constantFrom('intake#', 'deals#', 'intake', 'x');
  const key = fc.tuple(prefix, fc.string({ maxLength: 4 })).map(([start, rest]) => start + rest);
  fc.assert(
    fc.property(fc.uniqueArray(prefix, { minLength: 1 }), fc.option(fc.array(key, { minLength: 1, maxLength: 4 })), (prefixes, keys) => {
      const statement: PolicyStatement = {
        Effect: 'Allow',
        Action: 'dynamodb:*Item',
        Resource: TABLE,
        Condition: {
          'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': prefixes.map((start) => `${start}*`) },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      };
      const expected = keys?.every((value) => prefixes.some((start) => value.startsWith(start))) ?? false;
      expect(allows([statement], 'dynamodb:PutItem', TABLE, keys === null ? {} : { 'dynamodb:leadingkeys': keys })).toBe(expected);
    }),
  );
});

test('Adding a Deny never allows more, adding an Allow never allows less where nothing denies', () => {
  const pattern = fc.constantFrom('*', 'dynamodb:*', 'dynamodb:PutItem', 'dynamodb:Get*', 'events:PutEvents');
  const statement = fc.record<PolicyStatement>({
    Effect: fc.constantFrom('Allow', 'Deny'),
    Action: pattern,
    Resource: fc.constantFrom('*', TABLE, 'arn:aws:dynamodb:*:*:table/other'),
  });
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 5 }), statement, pattern, (statements, added, action) => {
      const before = allows(statements, action);
      const after = allows([...statements, added], action);
      expect(added.Effect === 'Deny' ? !after || before : after || !before).toBe(true);
    }),
  );
});
