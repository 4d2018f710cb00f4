import { describe, expect, test } from 'vitest';
import { compilePattern, InvalidPattern } from './event-pattern.ts';

// The cases are those of AWS's event-ruler (https://github.com/aws/event-ruler, Apache-2.0: its README, RulerTest, MachineTest, ACMachineTest,
// JsonRuleCompilerTest, CIDRTest and correctness-cases.json), written as pattern, event, outcome.

const EC2 = {
  version: '0',
  id: 'ddddd4-aaaa-7777-4444-345dd43cc333',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '012345679012',
  time: '2017-10-02T16:24:49Z',
  region: 'us-east-1',
  resources: ['arn:aws:ec2:us-east-1:123456789012:instance/i-000000aaaaaa00000'],
  detail: {
    'c-count': 5,
    'd-count': 3,
    'x-limit': 301.8,
    'source-ip': '10.0.0.33',
    'instance-id': 'i-000000aaaaaa00000',
    state: 'running',
  },
};

const EMPLOYEES = {
  employees: [
    { firstName: 'John', lastName: 'Doe', ids: [1234, 1000, 9999] },
    { firstName: 'Anna', lastName: 'Smith' },
    { firstName: 'Peter', lastName: 'Jones', ids: [] },
  ],
};

const exists = [{ exists: true }];
const absent = [{ exists: false }];
const both = { d: { a: exists, b: exists } };

type Case = readonly [pattern: object, event: object, outcome: boolean];

const README: readonly Case[] = [
  [
    { 'detail-type': ['EC2 Instance State-change Notification'], resources: EC2.resources, detail: { state: ['initializing', 'running'] } },
    EC2,
    true,
  ],
  [{ detail: { state: ['initializing'] } }, EC2, false],
  [{ time: [{ prefix: '2017-10-02' }] }, EC2, true],
  [{ time: [{ prefix: '2017-10-03' }] }, EC2, false],
  [{ source: [{ prefix: { 'equals-ignore-case': 'AWS.' } }] }, EC2, true],
  [{ source: [{ suffix: 'ec2' }] }, EC2, true],
  [{ source: [{ suffix: { 'equals-ignore-case': 'EC2' } }] }, EC2, true],
  [{ source: [{ suffix: 'EC2' }] }, EC2, false],
  [{ source: [{ 'equals-ignore-case': 'AWS.EC2' }] }, EC2, true],
  [{ source: [{ wildcard: 'a*.e*2' }] }, EC2, true],
  [{ detail: { state: [{ 'anything-but': 'initializing' }] } }, EC2, true],
  [{ detail: { 'x-limit': [{ 'anything-but': 123 }] } }, EC2, true],
  [{ detail: { 'x-limit': [{ 'anything-but': 301.8 }] } }, EC2, false],
  [{ detail: { state: [{ 'anything-but': ['stopped', 'overloaded'] }] } }, EC2, true],
  [{ detail: { 'x-limit': [{ 'anything-but': [100, 200, 300] }] } }, EC2, true],
  [{ detail: { state: [{ 'anything-but': { prefix: 'init' } }] } }, EC2, true],
  [{ detail: { state: [{ 'anything-but': { prefix: ['run', 'error'] } }] } }, EC2, false],
  [{ detail: { 'instance-id': [{ 'anything-but': { suffix: '1234' } }] } }, EC2, true],
  [{ detail: { 'instance-id': [{ 'anything-but': { suffix: ['00000', '6789'] } }] } }, EC2, false],
  [{ detail: { state: [{ 'anything-but': { 'equals-ignore-case': ['Stopped', 'RUNNING'] } }] } }, EC2, false],
  [
    {
      detail: {
        'c-count': [{ numeric: ['>', 0, '<=', 5] }],
        'd-count': [{ numeric: ['<', 10] }],
        'x-limit': [{ numeric: ['=', 3.018e2] }],
      },
    },
    EC2,
    true,
  ],
  [{ detail: { 'c-count': [{ numeric: ['>', 5] }] } }, EC2, false],
  [{ detail: { 'source-ip': [{ cidr: '10.0.0.0/24' }] } }, EC2, true],
  [{ detail: { 'source-ip': [{ cidr: '10.0.1.0/24' }] } }, EC2, false],
  [{ detail: { 'c-count': exists } }, EC2, true],
  [{ detail: { 'e-count': absent } }, EC2, true],
  [{ detail: exists }, EC2, false],
  [{ detail: absent }, EC2, true],
  [{ detail: { 'c-count': absent } }, { detail: { 'c-count': { c1: 100 } } }, true],
  [{ account: [12345679012] }, EC2, false],
  [
    { source: ['aws.cloudwatch'], $or: [{ metricName: ['CPUUtilization'] }, { namespace: ['AWS/EC2'] }] },
    { source: 'aws.cloudwatch', namespace: 'AWS/EC2' },
    true,
  ],
  [
    { source: ['aws.cloudwatch'], $or: [{ metricName: ['CPUUtilization'] }, { namespace: ['AWS/EC2'] }] },
    { source: 'aws.cloudwatch', namespace: 'AWS/ES' },
    false,
  ],
  [
    { detail: { $or: [{ 'c-count': [{ numeric: ['>', 0, '<=', 5] }] }, { 'd-count': [{ numeric: ['<', 10] }] }] } },
    { detail: { 'd-count': 8 } },
    true,
  ],
  [{ source: ['a'], $or: [{ m: ['x'] }, { t: ['y'], $or: [{ n: [1] }, { s: [2] }] }] }, { source: 'a', t: 'y', s: 2 }, true],
  [{ source: ['a'], $or: [{ m: ['x'] }, { t: ['y'], $or: [{ n: [1] }, { s: [2] }] }] }, { source: 'a', t: 'y', s: 1 }, false],
];

const VALUES: readonly Case[] = [
  [{ a: [1] }, { a: 1 }, true],
  [{ a: [1] }, { a: '1' }, false],
  [{ a: ['1'] }, { a: 1 }, false],
  [{ a: [300] }, { a: 3.0e2 }, true],
  [{ a: [true] }, { a: true }, true],
  [{ a: [true] }, { a: 'true' }, false],
  [{ a: [null] }, { a: null }, true],
  [{ a: [null] }, { a: 'null' }, false],
  [{ a: [null] }, {}, false],
  [{ a: [''] }, { a: '' }, true],
  [{ a: exists }, { a: null }, true],
  [{ a: absent }, { a: '' }, false],
  [{ x: ['X'] }, { x: true }, false],
  [{ a: [{ prefix: '1' }] }, { a: 12 }, false],
  [{ a: [{ prefix: '' }] }, { a: 'anything' }, true],
  [{ a: [{ numeric: ['>', 0] }] }, { a: '5' }, false],
  [{ a: [{ numeric: ['=', -4e-6] }] }, { a: -0.000004 }, true],
  [{ a: ['x', { prefix: 'y' }, { exists: false }] }, { a: 'yes' }, true],
  [{ a: ['x', { prefix: 'y' }, { exists: false }] }, { b: 1 }, true],
  [{ a: ['x', { prefix: 'y' }, { exists: false }] }, { a: 'no' }, false],
  [{ a: [{ 'anything-but': [111, 222] }] }, { a: '111' }, true],
  [{ a: [{ 'anything-but': 'x' }] }, { a: 5 }, true],
  [{ a: [{ 'anything-but': 'x' }] }, {}, false],
  [{ a: [{ 'anything-but': { prefix: '$' } }] }, { a: 'value$' }, true],
  [{ a: [{ 'anything-but': { prefix: '$' } }] }, { a: '$value' }, false],
  [{ a: [{ 'anything-but': { suffix: ['$', '%'] } }] }, { a: 'value%' }, false],
  [{ a: [{ 'anything-but': { suffix: ['$', '%'] } }] }, { a: '%value' }, true],
  [{ a: [{ 'anything-but': { 'equals-ignore-case': ['yes', 'please'] } }] }, { a: 'pLease' }, false],
  [{ a: [{ 'anything-but': { 'equals-ignore-case': ['yes', 'please'] } }] }, { a: 'please!' }, true],
  [{ a: [{ 'anything-but': { wildcard: '*foo*' } }] }, { a: 'barfoobar' }, false],
  [{ a: [{ 'anything-but': { wildcard: '*foo*' } }] }, { a: 'barfobarobar' }, true],
  [{ a: [{ 'anything-but': { wildcard: ['*foo*', '*bar*'] } }] }, { a: 'sbars' }, false],
  [{ a: [{ 'anything-but': { wildcard: ['*foo*', '*bar*'] } }] }, { a: 'fobaor' }, true],
  [{ a: [{ wildcard: '*bc' }] }, { a: 'abcbc' }, true],
  [{ a: [{ wildcard: 'd*f' }] }, { a: 'deeeefx' }, false],
  [{ a: [{ wildcard: 'xy*' }] }, { a: 'xy' }, true],
  [{ a: [{ wildcard: 'a*b*c' }] }, { a: 'abbc' }, true],
  [{ a: [{ wildcard: 'a*a' }] }, { a: 'a' }, false],
  [{ a: [{ wildcard: 'a\\*b' }] }, { a: 'a*b' }, true],
  [{ a: [{ wildcard: 'a\\*b' }] }, { a: 'axb' }, false],
  [{ a: [{ wildcard: 'a\\\\*' }] }, { a: 'a\\b' }, true],
  [{ a: [{ wildcard: '' }] }, { a: '' }, true],
  [{ a: [{ exactly: 'b' }] }, { a: 'b' }, true],
  [{ a: [{ suffix: '大黄瓜' }] }, { a: '这是个大黄瓜' }, true],
  [{ a: [{ 'equals-ignore-case': 'ÄÖ' }] }, { a: 'äö' }, true],
  [{ a: { b: [1] } }, { 'a.b': 1 }, true],
  [{ a: [1], b: [2] }, { a: 1 }, false],
];

const ADDRESSES: readonly Case[] = [
  [{ a: [{ cidr: '54.240.196.255/16' }] }, { a: '54.240.0.1' }, true],
  [{ a: [{ cidr: '255.255.255.255/24' }] }, { a: '255.255.255.0' }, true],
  [{ a: [{ cidr: '255.255.255.255/24' }] }, { a: '255.255.254.0' }, false],
  [{ a: [{ cidr: '0.0.0.0/0' }] }, { a: '255.255.255.255' }, true],
  [{ a: [{ cidr: '0.0.0.0/0' }] }, { a: '::1' }, false],
  [{ a: [{ cidr: '2001:db8::/32' }] }, { a: '2001:0db8:85a3::8a2e:0370:7334' }, true],
  [{ a: [{ cidr: '2001:db8::/32' }] }, { a: '2001:db9::1' }, false],
  [{ a: [{ cidr: '::/0' }] }, { a: 'FE80::1' }, true],
  [{ a: [{ cidr: '10.0.0.0/8' }] }, { a: '10.1.2' }, false],
  [{ a: [{ cidr: '10.0.0.0/8' }] }, { a: 'ten' }, false],
  [{ a: ['::1'] }, { a: '0:0:0:0:0:0:0:1' }, true],
  [{ a: ['10.0.0.1'] }, { a: '10.0.0.1' }, true],
  [{ a: ['10.0.0.1'] }, { a: '10.0.0.2' }, false],
  [{ a: ['999.0.0.1'] }, { a: '999.0.0.1' }, true],
];

const ARRAYS: readonly Case[] = [
  [{ employees: { firstName: ['Anna'] } }, EMPLOYEES, true],
  [{ employees: { firstName: ['John'], ids: [1000] } }, EMPLOYEES, true],
  [{ employees: { firstName: ['Anna'], ids: absent } }, EMPLOYEES, true],
  [{ employees: { firstName: ['Alice'] } }, EMPLOYEES, false],
  [{ employees: { firstName: ['Anna'], lastName: ['Jones'] } }, EMPLOYEES, false],
  [{ employees: ['b'] }, EMPLOYEES, false],
  [{ employees: { firstName: ['Anna'], ids: [1000] } }, EMPLOYEES, false],
  [{ employees: { firstName: ['Anna'], ids: exists } }, EMPLOYEES, false],
  [both, { d: { a: 1, b: 2 } }, true],
  [both, { d: { a: 1 } }, false],
  [both, { d: [{ a: 1, b: 2 }] }, true],
  [both, { d: [{ a: 1 }, { b: 2 }] }, false],
  [both, { d: [{ a: 1 }, { b: 2 }, { a: 3, b: 4 }] }, true],
  [{ d: { a: exists, b: absent } }, { d: [{ a: 1 }] }, true],
  [{ d: { a: exists, b: absent } }, { d: [{ a: 1, b: 2 }] }, false],
  [{ d: { b: absent } }, { d: [{ b: 1 }, { c: 2 }] }, false],
  [{ d: { a: exists } }, { d: [] }, false],
  [{ d: { a: absent } }, {}, true],
  [{ tags: ['admin'] }, { tags: ['user', 'admin'] }, true],
  [{ tags: ['superadmin'] }, { tags: ['user', 'admin'] }, false],
  [{ tags: exists }, { tags: [] }, false],
  [{ tags: [{ 'anything-but': 'banned' }] }, { tags: ['banned', 'ok'] }, true],
  [{ tags: [{ 'anything-but': 'banned' }] }, { tags: ['banned'] }, false],
  [{ tags: [{ numeric: ['>', 0, '<', 10] }] }, { tags: [100, 5, 200] }, true],
  [{ tags: ['deep'] }, { tags: [['deep']] }, true],
  [{ tags: exists, cats: exists, v: ['1'] }, { tags: ['a', 'b'], cats: ['x', 'y'], v: '1' }, true],
  [{ u: { t: { k: ['color'], v: ['blue'] } } }, { u: [{ t: [{ k: 'color', v: 'blue' }] }] }, true],
  [{ u: { t: { k: ['color'], v: ['blue'] } } }, { u: [{ t: [{ k: 'color' }, { v: 'blue' }] }] }, false],
  [{ d: { name: exists, info: { x: ['1'] } } }, { d: [{ name: 'alice' }, { info: { x: '1' } }] }, false],
  [{ d: { name: exists, info: { x: ['1'] } } }, { d: [{ name: 'alice', info: { x: '1' } }] }, true],
  [
    { metrics: { metricName: ['CPUUtilization'], namespace: ['AWS/ES'] } },
    {
      metrics: [
        { metricName: 'CPUUtilization', namespace: 'AWS/EC2' },
        { metricName: 'RequestCount', namespace: 'AWS/ES' },
      ],
    },
    false,
  ],
  [
    { i: { p: [{ numeric: ['>', 0, '<', 100] }], n: exists } },
    {
      i: [
        { n: 'w', p: 50 },
        { n: 'g', p: 200 },
      ],
    },
    true,
  ],
  [
    { u: { s: [{ 'anything-but': 'banned' }], n: ['alice'] } },
    {
      u: [
        { n: 'alice', s: 'banned' },
        { n: 'bob', s: 'active' },
      ],
    },
    false,
  ],
  [{ users: { name: exists }, version: ['1'] }, { users: [{ name: 'alice' }], version: '1' }, true],
  [{ detail: { email: exists, name: exists } }, { detail: [{ email: 'a@x' }, { email: 'b@x' }, { email: 'e@x', name: 'eve' }] }, true],
];

const STREAM: readonly Case[] = [
  [
    { eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['event'] } } } },
    { eventName: 'INSERT', dynamodb: { NewImage: { kind: { S: 'event' }, rev: { N: '1' } } } },
    true,
  ],
  [
    { eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['event'] } } } },
    { eventName: 'MODIFY', dynamodb: { NewImage: { kind: { S: 'event' } } } },
    false,
  ],
  [{ eventName: ['INSERT'], dynamodb: { NewImage: { kind: { S: ['event'] } } } }, { eventName: 'INSERT', dynamodb: { Keys: {} } }, false],
];

describe.each([
  ["the README's rules", README],
  ['values', VALUES],
  ['addresses', ADDRESSES],
  ['arrays', ARRAYS],
  ["Lambda's filters of stream records", STREAM],
])('A pattern matches as in event-ruler: %s', (_, cases) => {
  test.each(
    cases.map(
      ([pattern, event, outcome]) => [JSON.stringify(pattern), JSON.stringify(event).slice(0, 120), outcome, pattern, event] as const,
    ),
  )('%s on %s is %s', (_pattern, _event, outcome, pattern, event) => {
    expect(compilePattern(pattern)(event)).toBe(outcome);
    expect(compilePattern(JSON.stringify(pattern))(event)).toBe(outcome);
  });
});

const NUMERIC = [
  ['=', true],
  ['=', '-4e-6'],
  ['='],
  ['=', Number.POSITIVE_INFINITY],
  ['<>', 1, '>', 0],
  ['==', 1, '>', 0],
  ['<', 1, '>', 0],
  ['>', 1, '<', 1],
  ['>', 30, '<', 1],
  ['>', 1, '<', 30, false],
];

test.each<[unknown]>([
  [[1, 2, 3]],
  ['no json'],
  [{}],
  [{ a: 1 }],
  [{ a: 'x' }],
  [{ a: {} }],
  [{ a: [] }],
  [{ a: [[1]] }],
  [{ a: [{}] }],
  [{ a: [{ x: 2 }] }],
  [{ a: [{ exactly: 33 }] }],
  [{ a: [{ prefix: 'child', foo: [] }] }],
  [{ a: [{ prefix: 3 }] }],
  [{ a: [{ suffix: [1] }] }],
  [{ a: [{ prefix: { 'invalid-expression': ['abc'] } }] }],
  [{ a: [{ prefix: { 'equals-ignore-case': 5 } }] }],
  [{ a: [{ suffix: { 'equals-ignore-case': 'abc', test: 'def' } }] }],
  [{ a: [{ cidr: 'foo' }] }],
  [{ a: [{ cidr: '10.0.0.0' }] }],
  [{ a: [{ cidr: '10.0.0.0/32' }] }],
  [{ a: [{ cidr: '10.0.0.0/-1' }] }],
  [{ a: [{ cidr: '::1/128' }] }],
  [{ a: [{ exists: 'yes' }] }],
  [{ a: [{ 'equals-ignore-case': ['abc'] }] }],
  [{ a: [{ wildcard: 5 }] }],
  [{ a: [{ wildcard: 'a**b' }] }],
  [{ a: [{ wildcard: 'a\\b' }] }],
  [{ a: [{ wildcard: 'a\\' }] }],
  [{ a: [{ 'anything-but': ['child0', 111] }] }],
  [{ a: [{ 'anything-but': [] }] }],
  [{ a: [{ 'anything-but': true }] }],
  [{ a: [{ 'anything-but': { foo: 3 } }] }],
  [{ a: [{ 'anything-but': { prefix: 27 } }] }],
  [{ a: [{ 'anything-but': { prefix: '' } }] }],
  [{ a: [{ 'anything-but': { suffix: ['1', ''] } }] }],
  [{ a: [{ 'anything-but': { wildcard: ['1', 'foo**bar'] } }] }],
  [{ a: [{ 'anything-but': { prefix: 'foo', a: 1 } }] }],
  [{ $or: [{ metricName: ['x'] }] }],
  [{ $or: { a: ['x'] } }],
  [{ detail: { $or: [{ source: ['x'] }, [{ foo: ['wrong'] }]] } }],
  [{ $or: [{ numeric: [1] }, { b: [1] }] }],
  ...NUMERIC.map((numeric): [unknown] => [{ x: [{ numeric }] }]),
])('The pattern %j is refused with a message that says why', (pattern) => {
  expect(() => compilePattern(pattern)).toThrow(InvalidPattern);
  expect(() => compilePattern(pattern)).toThrow(/.{10,}/);
});

test('A refusal says where in the pattern the mistake is', () => {
  expect(() => compilePattern({ detail: { amount: [{ numeric: ['>', 'much'] }] } })).toThrow(
    'detail.amount: the value of numeric ">" must be a number',
  );
});

test('Large arrays that cannot match are told quickly', () => {
  const many = Array.from({ length: 2_000 }, (_, index) => ({ a: index, tags: ['x', 'y', 'z'] }));
  const matches = compilePattern({ d: { a: exists, tags: ['x'], zz: exists } });
  const started = performance.now();
  expect(matches({ d: many })).toBe(false);
  expect(performance.now() - started).toBeLessThan(2_000);
});
