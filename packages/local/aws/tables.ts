import { isObject, listAt, objectAt, parseJson, textAt } from './json.ts';

/** The attribute names of a key. */
export interface KeyNames {
  readonly partition: string;
  readonly sort: string | undefined;
}

/** What of a table's description decides which item a request is about. */
export interface TableSchema {
  readonly key: KeyNames;
  readonly indexes: ReadonlyMap<string, KeyNames>;
}

function keyNames(description: unknown): KeyNames | undefined {
  const elements = listAt(description, 'KeySchema');
  const named = (type: string): string | undefined =>
    textAt(
      elements.find((element) => textAt(element, 'KeyType') === type),
      'AttributeName',
    );
  const partition = named('HASH');
  return partition === undefined ? undefined : { partition, sort: named('RANGE') };
}

/** Reads the answer to DescribeTable; undefined if it isn't one. */
export function schemaOf(description: unknown): TableSchema | undefined {
  const table = objectAt(description, 'Table');
  const key = keyNames(table);
  if (key === undefined) {
    return undefined;
  }
  const indexes = new Map<string, KeyNames>();
  for (const index of [...listAt(table, 'GlobalSecondaryIndexes'), ...listAt(table, 'LocalSecondaryIndexes')]) {
    const name = textAt(index, 'IndexName');
    const names = keyNames(index);
    if (name !== undefined && names !== undefined) {
      indexes.set(name, names);
    }
  }
  return { key, indexes };
}

/** A request may name a table by its ARN. */
export function tableName(nameOrArn: string): string {
  return /^arn:[^/]*:table\/([^/]+)/.exec(nameOrArn)?.[1] ?? nameOrArn;
}

const NAMED_BY_ARN = /"TableName"\s*:\s*"(arn:[^"]*:table\/[^"]+)"/g;
const ARN_START = Buffer.from('"arn:aws:dynamodb:');

/**
 * The engine knows tables by name only: a request that names them by ARN is sent with their names instead. No item can be mistaken for that,
 * for in items a member `TableName` is a typed value, an object.
 */
export function withTableNames(body: Buffer): Buffer {
  if (!body.includes(ARN_START)) {
    return body;
  }
  const text = body.toString();
  const changed = text.replace(NAMED_BY_ARN, (_, arn: string) => `"TableName":${JSON.stringify(tableName(arn))}`);
  const parsed = parseJson(changed);
  const batch = objectAt(parsed, 'RequestItems');
  if (batch === undefined || !isObject(parsed)) {
    return Buffer.from(changed);
  }
  const renamed = Object.fromEntries(Object.entries(batch).map(([name, requests]) => [tableName(name), requests]));
  return Buffer.from(JSON.stringify({ ...parsed, RequestItems: renamed }));
}

/** The schemas of the engine's tables, asked for once each. */
export interface Tables {
  /** A schema that is known by now. */
  readonly known: (name: string) => TableSchema | undefined;
  /** Asks for those of the tables that are not known yet; undefined if there is nothing to wait for. */
  load(names: readonly string[]): Promise<unknown> | undefined;
  forget(): void;
}

/** @param describe sends DescribeTable for a table and gives the answer's text. */
export function rememberTables(describe: (name: string) => Promise<string>): Tables {
  const known = new Map<string, TableSchema>();
  const ask = async (name: string): Promise<void> => {
    const schema = schemaOf(parseJson(await describe(name)));
    if (schema !== undefined) {
      known.set(name, schema);
    }
  };
  return {
    known: (name) => known.get(name),
    load: (names) => {
      const missing = names.filter((name) => !known.has(name));
      return missing.length === 0 ? undefined : Promise.all(missing.map(ask));
    },
    forget: () => known.clear(),
  };
}
