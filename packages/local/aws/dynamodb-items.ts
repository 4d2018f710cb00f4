import { isObject, listAt, objectAt, textAt } from './json.ts';
import { type TableSchema, tableName } from './tables.ts';

/** What a request does to one item. */
export interface ItemAccess {
  /** As IAM calls it, without the service: `PutItem`, `ConditionCheckItem`, … */
  readonly action: string;
  readonly table: string;
  /** The object that holds the key: the item itself for a put, the key for the rest. */
  readonly keyHolder: unknown;
  readonly writes: boolean;
}

export type SchemaLookup = (table: string) => TableSchema | undefined;

const SINGLE: ReadonlyMap<string, { holder: 'Item' | 'Key'; writes: boolean }> = new Map([
  ['GetItem', { holder: 'Key', writes: false }],
  ['PutItem', { holder: 'Item', writes: true }],
  ['UpdateItem', { holder: 'Key', writes: true }],
  ['DeleteItem', { holder: 'Key', writes: true }],
]);

const IN_TRANSACTION: readonly (readonly [member: string, action: string])[] = [
  ['Put', 'PutItem'],
  ['Update', 'UpdateItem'],
  ['Delete', 'DeleteItem'],
  ['ConditionCheck', 'ConditionCheckItem'],
  ['Get', 'GetItem'],
];

function nameAt(holder: unknown): string {
  return tableName(textAt(holder, 'TableName') ?? '');
}

function* transactionItems(body: unknown): Generator<ItemAccess> {
  for (const entry of listAt(body, 'TransactItems')) {
    for (const [member, action] of IN_TRANSACTION) {
      const part = objectAt(entry, member);
      if (part !== undefined) {
        const keyHolder = member === 'Put' ? part.Item : part.Key;
        yield { action, table: nameAt(part), keyHolder, writes: action !== 'GetItem' && action !== 'ConditionCheckItem' };
      }
    }
  }
}

function* batchItems(operation: string, body: unknown): Generator<ItemAccess> {
  for (const [table, requests] of Object.entries(objectAt(body, 'RequestItems') ?? {})) {
    if (operation === 'BatchGetItem') {
      for (const key of listAt(requests, 'Keys')) {
        yield { action: operation, table: tableName(table), keyHolder: key, writes: false };
      }
    } else if (Array.isArray(requests)) {
      for (const request of requests) {
        const keyHolder = objectAt(request, 'PutRequest')?.Item ?? objectAt(request, 'DeleteRequest')?.Key;
        yield { action: operation, table: tableName(table), keyHolder, writes: true };
      }
    }
  }
}

/** Tables, access and conflicts all ask for the items of one request; finding them is most of what asking costs. */
const found = new WeakMap<object, readonly ItemAccess[]>();

/** The items that a request (an object of its own) names, in its order; none for those that name none (Query, Scan, PartiQL, control plane). */
export function itemsOf(operation: string, body: unknown): readonly ItemAccess[] {
  if (!isObject(body)) {
    return findItems(operation, body);
  }
  let items = found.get(body);
  if (items === undefined) {
    items = findItems(operation, body);
    found.set(body, items);
  }
  return items;
}

function findItems(operation: string, body: unknown): ItemAccess[] {
  const single = SINGLE.get(operation);
  if (single !== undefined) {
    const keyHolder = isObject(body) ? body[single.holder] : undefined;
    return [{ action: operation, table: nameAt(body), keyHolder, writes: single.writes }];
  }
  if (operation === 'TransactWriteItems' || operation === 'TransactGetItems') {
    return [...transactionItems(body)];
  }
  return operation === 'BatchGetItem' || operation === 'BatchWriteItem' ? [...batchItems(operation, body)] : [];
}

/** An attribute value as IAM and we compare it: a string's text, a number's digits, a binary's base64. */
export function keyText(value: unknown): string | undefined {
  return textAt(value, 'S') ?? textAt(value, 'N') ?? textAt(value, 'B');
}

/** A text that is the same for the same item of the same table; undefined if the request's key is malformed, which the engine will say. */
export function itemId(table: string, schema: TableSchema | undefined, keyHolder: unknown): string | undefined {
  if (schema === undefined || !isObject(keyHolder)) {
    return undefined;
  }
  const { partition, sort } = schema.key;
  const first = keyText(keyHolder[partition]);
  const second = sort === undefined ? '' : keyText(keyHolder[sort]);
  return first === undefined || second === undefined ? undefined : `${table}\u0000${first}\u0000${second}`;
}
