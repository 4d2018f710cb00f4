import { isDeepStrictEqual } from 'node:util';
import { itemId, type SchemaLookup } from './dynamodb-items.ts';
import { isObject, type JsonObject, listAt, textAt } from './json.ts';
import { tableName } from './tables.ts';

/** What items were before their latest write: for as long as an index might lag behind on AWS. */
export interface RecentItems {
  remember(item: string, before: JsonObject | undefined): void;
  /** A Query's answer as an index that lags behind gives it: new items missing, changed ones as they were. Undefined: nothing to change. */
  age(body: unknown, response: unknown, schemaOf: SchemaLookup): JsonObject | undefined;
}

const LAG_MS = 500;
const MOST = 2_000;

export function rememberRecentItems(now: () => number = Date.now): RecentItems {
  const recent = new Map<string, { before: JsonObject | undefined; at: number }>();

  return {
    remember(item, before) {
      // An item written again keeps what it was before the first of these writes.
      const known = recent.get(item);
      if (known !== undefined && now() - known.at < LAG_MS) {
        return;
      }
      recent.delete(item);
      recent.set(item, { before, at: now() });
      for (const [oldest, { at }] of recent) {
        if (recent.size <= MOST && now() - at < LAG_MS) {
          break;
        }
        recent.delete(oldest);
      }
    },
    age(body, response, schemaOf) {
      const table = tableName(textAt(body, 'TableName') ?? '');
      const schema = schemaOf(table);
      const index = schema?.indexes.get(textAt(body, 'IndexName') ?? '');
      const items = listAt(response, 'Items');
      if (index === undefined || items.length === 0 || !isObject(response)) {
        return undefined;
      }
      const mayReplace = isObject(body) && body.FilterExpression === undefined && body.ProjectionExpression === undefined;
      let changed = false;
      const aged = items.flatMap((item) => {
        const id = itemId(table, schema, item);
        const known = id === undefined ? undefined : recent.get(id);
        if (known === undefined || now() - known.at >= LAG_MS || !isObject(item)) {
          return [item];
        }
        changed = true;
        const { before } = known;
        const stood = (name: string | undefined): boolean => name === undefined || isDeepStrictEqual(before?.[name], item[name]);
        // Where the item stood elsewhere in the index before, it is hidden rather than moved.
        return before !== undefined && mayReplace && stood(index.partition) && stood(index.sort) ? [before] : [];
      });
      const missing = items.length - aged.length;
      const lessened = (name: string): object => (typeof response[name] === 'number' ? { [name]: response[name] - missing } : {});
      return changed ? { ...response, Items: aged, ...lessened('Count'), ...lessened('ScannedCount') } : undefined;
    },
  };
}
