import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { fromAttributes } from '#table/attributes.ts';
import type { Item } from '#table/item.ts';

/** All that stands in a table. */
export const readItems = async (client: DynamoDBClient, tableName: string): Promise<Item[]> => {
  const items: Item[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ConsistentRead: true })) {
    items.push(...Items.map(fromAttributes));
  }
  return items;
};
