import { gunzipSync } from 'node:zlib';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { fromAttributes } from '#table/attributes.ts';
import type { Item } from '#table/item.ts';
import type { Product } from '../product.ts';

/** The whole table, as nobody but a test looks at it. */
export interface Scan {
  everything(): Promise<Item[]>;
  /** Which items hold one of these texts, in any case; what is packed counts as readable. */
  itemsWith(traces: readonly string[]): Promise<string[]>;
  close(): void;
}

/** What is packed counts as readable. */
const textOf = (item: Item): string => {
  const text = JSON.stringify(item);
  const { packed } = Object(item.data) as { packed?: string };
  return packed === undefined || !item.kind.startsWith('import-') ? text : text + gunzipSync(Buffer.from(packed, 'base64')).toString();
};

export const openScan = (product: Product): Scan => {
  const database = new DynamoDBClient({
    endpoint: product.awsUrl,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  const everything = async (): Promise<Item[]> => {
    const { TableNames: [TableName = ''] = [] } = await database.send(new ListTablesCommand({}));
    const found: Item[] = [];
    let start: ScanCommand['input']['ExclusiveStartKey'];
    do {
      const { Items = [], LastEvaluatedKey } = await database.send(new ScanCommand({ TableName, ExclusiveStartKey: start }));
      found.push(...Items.map(fromAttributes));
      start = LastEvaluatedKey;
    } while (start !== undefined);
    return found;
  };
  return {
    everything,
    itemsWith: async (traces) =>
      (await everything()).flatMap((item) => {
        const text = textOf(item).toLowerCase();
        const trace = traces.find((one) => text.includes(one.toLowerCase()));
        return trace === undefined ? [] : [`${item.pk} ${item.sk} (${item.kind}): ${trace}`];
      }),
    close: () => database.destroy(),
  };
};
