import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type Attributes, attributeOf, encode, keyAttributes, memberPrefix, sizeOf, toAttributes } from './attributes.ts';
import { InvalidTransaction, TransactionTooLarge } from './errors.ts';
import type { Draft, Key } from './item.ts';
import { ownerOf } from './keys.ts';
import type { OutboxRecord } from './outbox.ts';
import type { Provenance, Refusal, Transaction, Write } from './transaction.ts';

const mostOperations = 100;
const mostItemBytes = 400 * 1024;
const mostBytes = 4 * 1024 * 1024;

/** One of DynamoDB's operations and what to say when its condition does not hold. */
export interface Operation {
  readonly request: TransactWriteItem;
  readonly key: Key;
  readonly refuse?: Refusal | undefined;
}

const onFailure = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

const bytesOf = (item: Attributes, kind: string): number => {
  const size = sizeOf(item);
  if (size > mostItemBytes) throw new TransactionTooLarge(`a ${kind} of ${size} bytes is over DynamoDB's 400 KB`);
  return size;
};

/** An expired item counts as none: DynamoDB deletes it up to days later. */
const absent = (seconds: number) => ({
  ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
  ExpressionAttributeValues: { ':now': { N: String(seconds) } },
});

const present = (seconds: number) => ({
  ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(expiresAt) OR expiresAt > :now)',
  ExpressionAttributeValues: { ':now': { N: String(seconds) } },
});

const atRev = (rev: number) => ({
  ConditionExpression: '#rev = :rev',
  ExpressionAttributeNames: { '#rev': 'rev' },
  ExpressionAttributeValues: { ':rev': { N: String(rev) } },
});

/** Builds the operations of one transaction: guard first, then the writes in their order, then the events. */
export const operationsOf = (
  TableName: string,
  { writes }: Transaction,
  records: readonly OutboxRecord[],
  { service, now }: Provenance,
  guard?: Draft,
): Operation[] => {
  const milliseconds = Date.parse(now);
  const seconds = Math.floor(milliseconds / 1000);
  let bytes = 0;

  const put = (item: Draft, rev: number, condition?: object): TransactWriteItem => {
    const Item = toAttributes({ ...item, rev });
    bytes += bytesOf(Item, item.kind);
    for (const index of Object.values(item.indexes ?? {})) assertOwn(index.pk, service);
    return { Put: { TableName, Item, ...(condition === undefined ? {} : { ...condition, ...onFailure }) } };
  };

  const operationOf = (write: Write): Operation => {
    switch (write.op) {
      case 'create':
        return { request: put(write.item, write.firstRev ?? 1, absent(seconds)), key: write.item, refuse: write.refuse };
      case 'replace':
        return { request: put(write.item, write.ifRev + 1, atRev(write.ifRev)), key: write.item, refuse: write.refuse };
      case 'put':
        // A rev that grows without having been read.
        return { request: put(write.item, milliseconds), key: write.item };
      case 'delete': {
        const condition = write.ifRev !== undefined ? atRev(write.ifRev) : write.refuse ? present(seconds) : {};
        return {
          request: { Delete: { TableName, Key: keyAttributes(write.key), ...condition, ...onFailure } },
          key: write.key,
          refuse: write.refuse,
        };
      }
      case 'add':
        return { request: { Update: { TableName, Key: keyAttributes(write.key), ...additionOf(write) } }, key: write.key };
      case 'amend': {
        bytes += bytesOf(toAttributes({ ...write.item, rev: 1 }), write.item.kind);
        return {
          request: { Update: { TableName, Key: keyAttributes(write.item), ...amendmentOf(write), ...onFailure } },
          key: write.item,
          refuse: write.refuse,
        };
      }
      case 'check': {
        const { expect } = write;
        const condition = expectationOf(expect, seconds);
        return {
          request: { ConditionCheck: { TableName, Key: keyAttributes(write.key), ...condition, ...onFailure } },
          key: write.key,
          refuse: write.refuse,
        };
      }
    }
  };

  for (const write of writes) {
    // What another service owns may be held to (`check`), never written.
    if (write.op !== 'check') assertOwn('item' in write ? write.item.pk : write.key.pk, service);
  }
  if (guard) assertOwn(guard.pk, service);
  const operations = [
    ...(guard ? [{ request: put(guard, 1, absent(seconds)), key: guard }] : []),
    ...writes.map(operationOf),
    ...records.map(({ item }): Operation => {
      assertOwn(item.pk, service);
      return { request: put(item, 1), key: item };
    }),
  ];
  if (operations.length > mostOperations) throw new TransactionTooLarge(`${operations.length} operations are over DynamoDB's 100`);
  if (bytes > mostBytes) throw new TransactionTooLarge(`${bytes} bytes are over DynamoDB's 4 MB`);
  assertDistinct(operations);
  return operations;
};

const additionOf = (write: Extract<Write, { op: 'add' }>) => {
  const names: Record<string, string> = { '#rev': 'rev', '#kind': 'kind' };
  const values: Record<string, AttributeValue> = { ':one': { N: '1' }, ':kind': { S: write.kind } };
  const adds = ['#rev :one'];
  const sets = ['#kind = :kind'];
  Object.entries(write.numbers).forEach(([name, number], i) => {
    if (!Number.isFinite(number)) throw new InvalidTransaction(`${String(number)} cannot be added to ${name}`);
    names[`#a${i}`] = memberPrefix + name;
    values[`:a${i}`] = { N: String(number) };
    adds.push(`#a${i} :a${i}`);
  });
  Object.entries(write.set ?? {}).forEach(([name, value], i) => {
    if (value === undefined) return;
    names[`#s${i}`] = memberPrefix + name;
    values[`:s${i}`] = encode(value, 2);
    sets.push(`#s${i} = :s${i}`);
  });
  if (write.unless !== undefined) names['#u'] = memberPrefix + write.unless;
  return {
    ...(write.unless === undefined ? {} : { ConditionExpression: 'attribute_not_exists(#u)', ...onFailure }),
    UpdateExpression: `ADD ${adds.join(', ')} SET ${sets.join(', ')}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
};

const expectationOf = (expect: Extract<Write, { op: 'check' }>['expect'], seconds: number) => {
  if (typeof expect === 'number') return atRev(expect);
  if (typeof expect === 'object')
    return { ConditionExpression: 'attribute_not_exists(#m)', ExpressionAttributeNames: { '#m': memberPrefix + expect.without } };
  return expect === 'present' ? present(seconds) : absent(seconds);
};

const amendmentOf = ({ item, expect }: Extract<Write, { op: 'amend' }>) => {
  const { pk: _pk, sk: _sk, kind: _kind, rev: _rev, ...attributes } = toAttributes({ ...item, rev: 1 });
  const names: Record<string, string> = { '#rev': 'rev' };
  const values: Record<string, AttributeValue> = { ':one': { N: '1' } };
  const sets = Object.entries(attributes).map(([name, value], i) => {
    names[`#s${i}`] = name;
    values[`:s${i}`] = value;
    return `#s${i} = :s${i}`;
  });
  const conditions = Object.entries(expect).map(([member, value], i) => {
    names[`#e${i}`] = memberPrefix + member;
    if (value === undefined) return `attribute_not_exists(#e${i})`;
    values[`:e${i}`] = attributeOf(value);
    return `#e${i} = :e${i}`;
  });
  return {
    ConditionExpression: ['attribute_exists(pk)', ...conditions].join(' AND '),
    UpdateExpression: `ADD #rev :one SET ${sets.join(', ')}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
};

const assertOwn = (pk: string, service: string): void => {
  if (ownerOf(pk) !== service) throw new InvalidTransaction(`${service} may not write into the prefix ${ownerOf(pk)}#`);
};

// DynamoDB refuses a transaction that touches an item twice.
const assertDistinct = (operations: readonly Operation[]): void => {
  const seen = new Set<string>();
  for (const { key } of operations) {
    const text = JSON.stringify([key.pk, key.sk]);
    if (seen.has(text)) throw new InvalidTransaction(`two operations on one item in ${key.pk.split('#', 2).join('#')}`);
    seen.add(text);
  }
};
