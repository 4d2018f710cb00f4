import { connectEngine, engineHeaders } from './aws/engine-client.ts';
import { at, type Json, type JsonObject, list, parseJson, text } from './json.ts';
import type { TableModel } from './model.ts';

/** The engine holds a table that is not as the template has it and cannot be changed to it. */
export class TableMismatchError extends Error {
  override readonly name = 'TableMismatchError';
}

const keys = (value: Json | undefined): string =>
  list(at(value, 'KeySchema'))
    .map((key) => `${text(at(key, 'KeyType'))}:${text(at(key, 'AttributeName'))}`)
    .sort()
    .join(' ');

/** Makes the template's tables in the engine where they are missing, and adds indexes and the time to live that they lack. */
export const createTables = async (engineUrl: string, tables: readonly TableModel[]): Promise<void> => {
  const client = connectEngine(engineUrl);
  const call = async (operation: string, input: JsonObject): Promise<{ readonly ok: boolean; readonly answer: Json }> => {
    const reply = await client.send(engineHeaders(`DynamoDB_20120810.${operation}`), Buffer.from(JSON.stringify(input)));
    return { ok: reply.status === 200, answer: parseJson(reply.body.toString('utf8') || '{}') };
  };
  const must = async (operation: string, input: JsonObject): Promise<Json> => {
    const { ok, answer } = await call(operation, input);
    if (!ok)
      throw new Error(
        `The DynamoDB engine refused ${operation}: ${text(at(answer, 'message')) ?? text(at(answer, 'Message')) ?? JSON.stringify(answer)}`,
      );
    return answer;
  };
  try {
    for (const table of tables) {
      const described = await call('DescribeTable', { TableName: table.name });
      if (!described.ok) await must('CreateTable', table.create);
      else {
        const present = at(described.answer, 'Table');
        if (keys(present) !== keys(table.create)) {
          throw new TableMismatchError(
            `The data directory's table ${table.name} has other keys than the template's: set LEADLINE_DATA to another directory.`,
          );
        }
        const known = new Set(list(at(present, 'GlobalSecondaryIndexes')).map((index) => text(at(index, 'IndexName'))));
        for (const index of list(table.create.GlobalSecondaryIndexes)) {
          if (known.has(text(at(index, 'IndexName')))) continue;
          await must('UpdateTable', {
            TableName: table.name,
            AttributeDefinitions: table.create.AttributeDefinitions,
            GlobalSecondaryIndexUpdates: [{ Create: index }],
          });
        }
      }
      if (table.ttlAttribute === undefined) continue;
      const ttl = await must('DescribeTimeToLive', { TableName: table.name });
      if (text(at(ttl, 'TimeToLiveDescription', 'AttributeName')) === undefined) {
        await must('UpdateTimeToLive', {
          TableName: table.name,
          TimeToLiveSpecification: { Enabled: true, AttributeName: table.ttlAttribute },
        });
      }
    }
  } finally {
    client.close();
  }
};
