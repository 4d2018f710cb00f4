import { describe, expect, test } from 'vitest';
import { requestsOf } from './dynamodb-requests.ts';
import { PLACE, TABLE_ARN } from './fixtures.ts';

const SCHEMA = {
  key: { partition: 'pk', sort: 'sk' },
  indexes: new Map([['gsi1', { partition: 'gsi1pk', sort: 'gsi1sk' }]]),
};
const schemaOf = (table: string) => (table === 'leadline' ? SCHEMA : undefined);
const key = (pk: string) => ({ pk: { S: pk }, sk: { S: 'record' } });
const TableName = 'leadline';

type Expected = readonly (readonly [action: string, resource: string, keys: readonly string[] | undefined])[];

const INDEX = `${TABLE_ARN}/index/gsi1`;
const cases: readonly (readonly [operation: string, body: object, expected: Expected])[] = [
  ['GetItem', { TableName, Key: key('a') }, [['dynamodb:GetItem', TABLE_ARN, ['a']]]],
  ['GetItem', { TableName: TABLE_ARN, Key: key('a') }, [['dynamodb:GetItem', TABLE_ARN, ['a']]]],
  ['GetItem', { TableName: 'unknown', Key: key('a') }, [['dynamodb:GetItem', TABLE_ARN.replace('leadline', 'unknown'), undefined]]],
  ['GetItem', { TableName }, [['dynamodb:GetItem', TABLE_ARN, undefined]]],
  ['PutItem', { TableName, Item: key('a') }, [['dynamodb:PutItem', TABLE_ARN, ['a']]]],
  ['UpdateItem', { TableName, Key: { pk: { N: '5' } } }, [['dynamodb:UpdateItem', TABLE_ARN, ['5']]]],
  ['DeleteItem', { TableName, Key: { pk: { B: 'AQ==' } } }, [['dynamodb:DeleteItem', TABLE_ARN, ['AQ==']]]],
  [
    'BatchGetItem',
    { RequestItems: { leadline: { Keys: [key('a'), key('b'), key('a')] } } },
    [['dynamodb:BatchGetItem', TABLE_ARN, ['a', 'b']]],
  ],
  [
    'BatchWriteItem',
    { RequestItems: { leadline: [{ PutRequest: { Item: key('a') } }, { DeleteRequest: { Key: key('b') } }] } },
    [['dynamodb:BatchWriteItem', TABLE_ARN, ['a', 'b']]],
  ],
  [
    'TransactWriteItems',
    {
      TransactItems: [
        { Put: { TableName, Item: key('a') } },
        { ConditionCheck: { TableName, Key: key('b') } },
        { Update: { TableName, Key: key('c') } },
        { Delete: { TableName, Key: key('d') } },
        { Put: { TableName, Item: key('e') } },
      ],
    },
    [
      ['dynamodb:PutItem', TABLE_ARN, ['a', 'e']],
      ['dynamodb:ConditionCheckItem', TABLE_ARN, ['b']],
      ['dynamodb:UpdateItem', TABLE_ARN, ['c']],
      ['dynamodb:DeleteItem', TABLE_ARN, ['d']],
    ],
  ],
  ['TransactGetItems', { TransactItems: [{ Get: { TableName, Key: key('a') } }] }, [['dynamodb:GetItem', TABLE_ARN, ['a']]]],
  [
    'Query',
    { TableName, KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'a' } } },
    [['dynamodb:Query', TABLE_ARN, ['a']]],
  ],
  [
    'Query',
    {
      TableName,
      KeyConditionExpression: '(#sk>=:s) AND (#pk=:p)',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
      ExpressionAttributeValues: { ':p': { S: 'a' }, ':s': { S: 'b' } },
    },
    [['dynamodb:Query', TABLE_ARN, ['a']]],
  ],
  [
    'Query',
    {
      TableName,
      IndexName: 'gsi1',
      KeyConditionExpression: 'gsi1pk = :p AND gsi1sk = :s',
      ExpressionAttributeValues: { ':p': { S: 'a' }, ':s': { S: 'b' } },
    },
    [['dynamodb:Query', INDEX, ['a']]],
  ],
  [
    'Query',
    { TableName, KeyConditions: { pk: { AttributeValueList: [{ S: 'a' }], ComparisonOperator: 'EQ' } } },
    [['dynamodb:Query', TABLE_ARN, ['a']]],
  ],
  [
    'Query',
    { TableName, IndexName: 'gsi1', KeyConditionExpression: 'pk = :p', ExpressionAttributeValues: { ':p': { S: 'a' } } },
    [['dynamodb:Query', INDEX, undefined]],
  ],
  ['Scan', { TableName }, [['dynamodb:Scan', TABLE_ARN, undefined]]],
  ['Scan', { TableName, IndexName: 'gsi1' }, [['dynamodb:Scan', INDEX, undefined]]],
  ['ExecuteStatement', { Statement: 'SELECT * FROM "leadline"."gsi1" WHERE x = 1' }, [['dynamodb:PartiQLSelect', INDEX, undefined]]],
  ['ExecuteStatement', { Statement: "insert into leadline value {'pk': 'a'}" }, [['dynamodb:PartiQLInsert', TABLE_ARN, undefined]]],
  [
    'ExecuteTransaction',
    { TransactStatements: [{ Statement: 'UPDATE "leadline" SET a=1 WHERE pk=\'a\'' }, { Statement: "DELETE FROM leadline WHERE pk='a'" }] },
    [
      ['dynamodb:PartiQLUpdate', TABLE_ARN, undefined],
      ['dynamodb:PartiQLDelete', TABLE_ARN, undefined],
    ],
  ],
  ['DescribeTable', { TableName }, [['dynamodb:DescribeTable', TABLE_ARN, undefined]]],
  ['ListTables', {}, [['dynamodb:ListTables', '*', undefined]]],
  [
    'DescribeStream',
    { StreamArn: 'arn:aws:dynamodb:dynoxide:000000000000:table/leadline/stream/1' },
    [['dynamodb:DescribeStream', `${TABLE_ARN}/stream/1`, undefined]],
  ],
];

describe('What AWS checks for a request', () => {
  test.each(cases)('%s %j', (operation, body, expected) => {
    const checks = requestsOf(operation, body, schemaOf, PLACE);
    expect(checks.map(({ action, resource, context }) => [action, resource, context.get('dynamodb:leadingkeys')])).toEqual(expected);
  });

  test('a transaction says so in its context', () => {
    const [check] = requestsOf('TransactGetItems', { TransactItems: [{ Get: { TableName, Key: key('a') } }] }, schemaOf, PLACE);
    expect(check?.context.get('dynamodb:enclosingoperation')).toEqual(['TransactGetItems']);
  });
});
