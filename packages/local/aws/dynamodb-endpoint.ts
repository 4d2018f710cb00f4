import { type Answer, answer, DYNAMODB, failure, rawAnswer } from './answers.ts';
import type { Caller } from './caller.ts';
import { type Access, trackConflicts } from './conflicts.ts';
import { translateArns } from './dynamodb-arns.ts';
import { type ItemAccess, itemId, itemsOf } from './dynamodb-items.ts';
import { inProgress, internalError, itemConflict, splitBatch, throttled, transactionConflict } from './dynamodb-refusals.ts';
import { requestsOf, tablesOf } from './dynamodb-requests.ts';
import { connectEngine, engineHeaders } from './engine-client.ts';
import { isObject, type JsonObject, objectAt, parseJson, textAt } from './json.ts';
import { rememberRecentItems } from './stale-reads.ts';
import { rememberTables, withTableNames } from './tables.ts';
import type { AwsEndpointsOptions } from './types.ts';

/** DynamoDB and DynamoDB Streams. */
export interface DynamoDbEndpoint {
  handle(target: string, body: Buffer, caller: Caller | undefined): Promise<Answer>;
  close(): void;
}

const WRITES = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']);
const PARTIQL = new Set(['ExecuteStatement', 'BatchExecuteStatement', 'ExecuteTransaction']);
const SCHEMA_CHANGES = new Set(['CreateTable', 'UpdateTable', 'DeleteTable']);
/** The operations whose questions and answers carry ARNs, in which the engine puts its own name for the region. */
const WITH_ARNS = /Table|Stream|Shard|tag|Tag|Backup|ResourcePolicy/;

function accessOf(operation: string): Access | undefined {
  if (operation === 'TransactGetItems') {
    return 'transaction-read';
  }
  if (operation === 'TransactWriteItems') {
    return 'transaction-write';
  }
  return WRITES.has(operation) ? 'write' : undefined;
}

export function dynamoDbEndpoint(options: AwsEndpointsOptions): DynamoDbEndpoint {
  const engine = connectEngine(options.engine.url);
  const tables = rememberTables(async (name) => {
    const { body } = await engine.send(engineHeaders('DynamoDB_20120810.DescribeTable'), Buffer.from(JSON.stringify({ TableName: name })));
    return body.toString();
  });
  const conflicts = trackConflicts();
  const tokens = new Set<string>();
  const recent = rememberRecentItems();
  const keepsRecent = (options.faults?.stale ?? 0) > 0;

  const forward = async (target: string, body: Buffer): Promise<Answer> => {
    try {
      return await engine.send(engineHeaders(target), body);
    } catch {
      return internalError('The DynamoDB engine cannot be reached.');
    }
  };
  const arns = translateArns(options);

  /** The control plane and streams: nothing but ARNs to see to. */
  const passArns = async (target: string, operation: string, body: Buffer): Promise<Answer> => {
    const reply = arns.fromEngine(operation, await forward(target, arns.toEngine(operation, body)));
    if (SCHEMA_CHANGES.has(operation)) {
      tables.forget();
    }
    return reply;
  };

  const refusal = (operation: string, body: unknown, caller: Caller): Answer | undefined => {
    for (const check of requestsOf(operation, body, tables.known, options)) {
      const decision = caller.policy(check);
      if (!decision.allowed) {
        const keys = check.context.get('dynamodb:leadingkeys');
        const detail = keys === undefined ? '' : ` (leading keys: ${keys.join(', ')})`;
        return failure(DYNAMODB, 'AccessDeniedException', caller.refuse(check.action, check.resource, decision.because, detail));
      }
    }
    return undefined;
  };

  const rememberBefore = async (items: readonly ItemAccess[]): Promise<void> => {
    await Promise.all(
      items.map(async ({ table, keyHolder, writes }) => {
        const schema = tables.known(table);
        const id = itemId(table, schema, keyHolder);
        if (writes && schema !== undefined && id !== undefined && isObject(keyHolder)) {
          const { partition, sort } = schema.key;
          const Key = { [partition]: keyHolder[partition], ...(sort === undefined ? {} : { [sort]: keyHolder[sort] }) };
          const reply = await forward('DynamoDB_20120810.GetItem', Buffer.from(JSON.stringify({ TableName: table, Key })));
          if (reply.status === 200) {
            recent.remember(id, objectAt(parseJson(reply.body.toString()), 'Item'));
          }
        }
      }),
    );
  };

  const tellWritten = (operation: string, body: unknown, items: readonly ItemAccess[]): void => {
    if (WRITES.has(operation)) {
      for (const table of new Set(items.map((item) => item.table))) {
        options.onWrite?.(table);
      }
    } else if (PARTIQL.has(operation)) {
      const text = JSON.stringify(body);
      for (const [, table = ''] of text.matchAll(/\b(?:into|update|from)\s+(?:\\")?([\w.-]+)/gi)) {
        options.onWrite?.(table);
      }
    }
  };

  const refuseConflict = async (operation: string, target: string, body: JsonObject, found: readonly boolean[]): Promise<Answer> => {
    if (operation.startsWith('Transact')) {
      return transactionConflict(found);
    }
    if (operation !== 'BatchWriteItem') {
      return itemConflict();
    }
    const { rest, unprocessed } = splitBatch(body, found);
    if (found.every((conflict) => conflict)) {
      return answer(DYNAMODB, { UnprocessedItems: unprocessed });
    }
    const reply = await perform(operation, target, rest, Buffer.from(JSON.stringify(rest)), undefined);
    if (reply.status !== 200) {
      return reply;
    }
    const parsed = parseJson(reply.body.toString());
    return answer(DYNAMODB, {
      ...(isObject(parsed) ? parsed : {}),
      UnprocessedItems: { ...unprocessed, ...objectAt(parsed, 'UnprocessedItems') },
    });
  };

  /** Carries an item operation out, under the rules on conflicts and with the caller's fate. */
  const perform = async (operation: string, target: string, body: JsonObject, raw: Buffer, caller: Caller | undefined): Promise<Answer> => {
    const access = accessOf(operation);
    const denied = caller === undefined ? undefined : refusal(operation, body, caller);
    if (denied !== undefined) {
      return denied;
    }
    const items = access === undefined ? [] : itemsOf(operation, body);
    const fate = caller?.fate;
    if (fate?.throttle === true) {
      return throttled(operation, items, fate.choice);
    }
    if (fate?.before === true) {
      return internalError();
    }
    const token = operation === 'TransactWriteItems' ? textAt(body, 'ClientRequestToken') : undefined;
    if (token !== undefined && tokens.has(token)) {
      return inProgress();
    }
    const entered =
      access === undefined
        ? undefined
        : conflicts.enter(
            access,
            items.map(({ table, keyHolder }) => itemId(table, tables.known(table), keyHolder)),
          );
    if (entered !== undefined && 'conflicts' in entered) {
      return refuseConflict(operation, target, body, entered.conflicts);
    }
    if (token !== undefined) {
      tokens.add(token);
    }
    try {
      if (keepsRecent && items.length > 0) {
        await rememberBefore(items);
      }
      const reply = await forward(target, raw);
      if (reply.status === 200) {
        tellWritten(operation, body, items);
      }
      if (fate?.after === true) {
        return internalError();
      }
      return fate?.stale === true && operation === 'Query' ? aged(body, reply) : reply;
    } finally {
      entered?.leave();
      if (token !== undefined) {
        tokens.delete(token);
      }
    }
  };

  const aged = (body: JsonObject, reply: Answer): Answer => {
    const older = reply.status === 200 ? recent.age(body, parseJson(reply.body.toString()), tables.known) : undefined;
    return older === undefined ? reply : rawAnswer(DYNAMODB, 200, Buffer.from(JSON.stringify(older)));
  };

  return {
    async handle(target, received, caller) {
      const operation = target.slice(target.indexOf('.') + 1);
      const streams = target.startsWith('DynamoDBStreams_');
      const raw = streams ? received : withTableNames(received);
      const plain = caller === undefined && accessOf(operation) === undefined && !PARTIQL.has(operation);
      if (plain) {
        return streams || WITH_ARNS.test(operation) ? passArns(target, operation, raw) : forward(target, raw);
      }
      const body = parseJson(raw.toString());
      if (!isObject(body)) {
        return forward(target, raw);
      }
      try {
        await tables.load(tablesOf(operation, body));
      } catch {
        return internalError('The DynamoDB engine cannot be reached.');
      }
      if (streams || WITH_ARNS.test(operation)) {
        const denied = caller === undefined ? undefined : refusal(operation, body, caller);
        return denied ?? passArns(target, operation, raw);
      }
      return perform(operation, target, body, raw, caller);
    },
    close: () => engine.close(),
  };
}
