import { itemsOf, keyText, type SchemaLookup } from './dynamodb-items.ts';
import type { AccessCheck } from './iam.ts';
import { isObject, listAt, objectAt, textAt } from './json.ts';
import { type KeyNames, tableName } from './tables.ts';

/** Where ARNs say that tables are. */
export interface Place {
  readonly region: string;
  readonly account: string;
}

/** What the engine calls the place that we call by the region. */
const ANY_ARN = /^arn:aws:dynamodb:[^:]*:[^:]*:/;

const QUERIES = new Set(['Query', 'Scan']);
const PARTIQL_ACTIONS: ReadonlyMap<string, string> = new Map([
  ['select', 'PartiQLSelect'],
  ['insert', 'PartiQLInsert'],
  ['update', 'PartiQLUpdate'],
  ['delete', 'PartiQLDelete'],
]);
/** The operations whose resource is no table, or is any. */
const WITHOUT_RESOURCE = new Set([
  'ListTables',
  'ListStreams',
  'ListBackups',
  'ListGlobalTables',
  'ListExports',
  'ListImports',
  'DescribeEndpoints',
]);

/** `:value` of the equality on an attribute in a key condition expression. */
function valueOfEquality(expression: string, attribute: string, body: unknown): unknown {
  const names = objectAt(body, 'ExpressionAttributeNames');
  for (const [, name = '', value = ''] of expression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)) {
    const resolved = name.startsWith('#') ? textAt(names, name) : name;
    if (resolved === attribute) {
      return objectAt(body, 'ExpressionAttributeValues')?.[value];
    }
  }
  return undefined;
}

/** The partition key's value that a Query asks for. */
export function queriedPartition(body: unknown, key: KeyNames): string | undefined {
  const expression = textAt(body, 'KeyConditionExpression');
  return keyText(
    expression === undefined
      ? listAt(objectAt(objectAt(body, 'KeyConditions'), key.partition), 'AttributeValueList')[0]
      : valueOfEquality(expression, key.partition, body),
  );
}

/** The names of the tables whose schema must be known before `requestsOf` can tell leading keys. */
export function tablesOf(operation: string, body: unknown): string[] {
  const named = textAt(body, 'TableName');
  if (named !== undefined) {
    return [tableName(named)];
  }
  return [...new Set(itemsOf(operation, body).map((item) => item.table))];
}

class Checks {
  readonly #place: Place;
  readonly #shared: readonly (readonly [string, string])[];
  readonly #leadingKeys = new Map<string, { action: string; resource: string; keys: Set<string> | undefined }>();

  constructor(place: Place, operation: string, body: unknown) {
    this.#place = place;
    const optional = (key: string, member: string): [string, string][] => {
      const value = textAt(body, member);
      return value === undefined ? [] : [[key, value]];
    };
    this.#shared = [
      ['aws:securetransport', 'true'],
      ['aws:requestedregion', place.region],
      ['aws:principalaccount', place.account],
      ['aws:resourceaccount', place.account],
      ...optional('dynamodb:select', 'Select'),
      ...optional('dynamodb:returnvalues', 'ReturnValues'),
      ...optional('dynamodb:returnconsumedcapacity', 'ReturnConsumedCapacity'),
      ...(operation.startsWith('Transact') || operation === 'ExecuteTransaction'
        ? [['dynamodb:enclosingoperation', operation] as const]
        : []),
    ];
  }

  arn(resource: string): string {
    return ANY_ARN.test(resource)
      ? resource.replace(ANY_ARN, `arn:aws:dynamodb:${this.#place.region}:${this.#place.account}:`)
      : `arn:aws:dynamodb:${this.#place.region}:${this.#place.account}:${resource}`;
  }

  /** Adds a check; those of one action on one resource become one, with all their keys, as for AWS the keys of a request are one set. */
  add(action: string, resource: string, leadingKey?: string): void {
    const id = `${action} ${resource}`;
    let check = this.#leadingKeys.get(id);
    if (check === undefined) {
      check = { action: `dynamodb:${action}`, resource, keys: undefined };
      this.#leadingKeys.set(id, check);
    }
    if (leadingKey !== undefined) {
      check.keys ??= new Set();
      check.keys.add(leadingKey);
    }
  }

  toList(): AccessCheck[] {
    return [...this.#leadingKeys.values()].map(({ action, resource, keys }) => {
      const context = new Map<string, readonly string[]>(this.#shared.map(([key, value]) => [key, [value]]));
      if (keys !== undefined) {
        context.set('dynamodb:leadingkeys', [...keys]);
      }
      return { action, resource, context };
    });
  }
}

function addPartiQl(checks: Checks, statement: string): void {
  const [, verb = ''] = /^\s*(\w+)/.exec(statement) ?? [];
  const [, table = '', index] = /\b(?:from|into|update)\s+"?([\w.-]+?)"?(?:\."?([\w-]+)"?)?(?:\s|$)/i.exec(statement) ?? [];
  const action = PARTIQL_ACTIONS.get(verb.toLowerCase()) ?? `PartiQL${verb}`;
  checks.add(action, checks.arn(index === undefined ? `table/${table}` : `table/${table}/index/${index}`));
}

function addStreamRequest(checks: Checks, operation: string, body: unknown): void {
  // A shard iterator does not say whose it is here, so only a policy for all streams allows reading records.
  checks.add(operation, checks.arn(textAt(body, 'StreamArn') ?? 'table/*/stream/*'));
}

/**
 * The checks that AWS's IAM makes for a DynamoDB request: what is done, to which table or index, with which leading keys.
 * An operation that we know nothing special about is checked under its own name on its table.
 */
export function requestsOf(operation: string, body: unknown, schemaOf: SchemaLookup, place: Place): AccessCheck[] {
  const checks = new Checks(place, operation, body);
  const items = itemsOf(operation, body);
  for (const { action, table, keyHolder } of items) {
    const partition = schemaOf(table)?.key.partition;
    const leadingKey = partition !== undefined && isObject(keyHolder) ? keyText(keyHolder[partition]) : undefined;
    checks.add(action, checks.arn(`table/${table}`), leadingKey);
  }
  if (items.length > 0) {
    return checks.toList();
  }
  const table = tableName(textAt(body, 'TableName') ?? '*');
  if (QUERIES.has(operation)) {
    const index = textAt(body, 'IndexName');
    const schema = schemaOf(table);
    const key = index === undefined ? schema?.key : schema?.indexes.get(index);
    const leadingKey = operation === 'Query' && key !== undefined ? queriedPartition(body, key) : undefined;
    checks.add(operation, checks.arn(index === undefined ? `table/${table}` : `table/${table}/index/${index}`), leadingKey);
  } else if (operation === 'ExecuteStatement') {
    addPartiQl(checks, textAt(body, 'Statement') ?? '');
  } else if (operation === 'BatchExecuteStatement' || operation === 'ExecuteTransaction') {
    for (const statement of [...listAt(body, 'Statements'), ...listAt(body, 'TransactStatements')]) {
      addPartiQl(checks, textAt(statement, 'Statement') ?? '');
    }
  } else if (operation === 'DescribeStream' || operation === 'GetShardIterator' || operation === 'GetRecords') {
    addStreamRequest(checks, operation, body);
  } else if (WITHOUT_RESOURCE.has(operation)) {
    checks.add(operation, '*');
  } else {
    checks.add(operation, checks.arn(textAt(body, 'ResourceArn') ?? `table/${table}`));
  }
  return checks.toList();
}
