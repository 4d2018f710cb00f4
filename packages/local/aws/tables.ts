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

/** The schemas of the engine's tables, asked for once each. */
export interface Tables {
  get(name: string): TableSchema | undefined | Promise<TableSchema | undefined>;
  forget(): void;
}

/** @param describe sends DescribeTable for a table and gives the answer's text. */
export function rememberTables(describe: (name: string) => Promise<string>): Tables {
  const known = new Map<string, TableSchema>();
  return {
    get: (name) => known.get(name) ?? ask(name),
    forget: () => known.clear(),
  };
  async function ask(name: string): Promise<TableSchema | undefined> {
    const answer = parseJson(await describe(name));
    const schema = isObject(answer) ? schemaOf(answer) : undefined;
    if (schema !== undefined) {
      known.set(name, schema);
    }
    return schema;
  }
}
