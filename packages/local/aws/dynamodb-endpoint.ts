import { crc32 } from 'node:zlib';
import { type Answer, answer, DYNAMODB, failure, rawAnswer } from './answers.ts';
import type { Caller } from './caller.ts';
import { type Access, trackConflicts } from './conflicts.ts';
import { type ItemAccess, itemId, itemsOf, type SchemaLookup } from './dynamodb-items.ts';
import { requestsOf, tablesOf } from './dynamodb-requests.ts';
import { connectEngine, engineHeaders } from './engine-client.ts';
import { isObject, type JsonObject, objectAt, parseJson, textAt } from './json.ts';
import { rememberRecentItems } from './stale-reads.ts';
import { rememberTables, type TableSchema, withTableNames } from './tables.ts';
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
const WITH_ARNS = /Table|Stream|Shard|Tag|Backup|Continuous|ResourcePolicy/;
const ENGINE_REGION = 'dynoxide';

const CONFLICT = 'Transaction is ongoing for the item';
const INTERNAL = 'The request processing has failed because of an unknown error, exception or failure.';
const THROTTLED =
  'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.';
const RATE =
  'Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly.';

function accessOf(operation: string): Access | undefined {
  if (operation === 'TransactGetItems') {
    return 'transaction-read';
  }
  if (operation === 'TransactWriteItems') {
    return 'transaction-write';
  }
  return WRITES.has(operation) ? 'write' : undefined;
}

function cancelled(reasons: readonly (string | undefined)[], message: string): Answer {
  const codes = reasons.map((reason) => reason ?? 'None');
  return failure(
    DYNAMODB,
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    400,
    { CancellationReasons: codes.map((code) => (code === 'None' ? { Code: code } : { Code: code, Message: message })) },
  );
}

function throttled(operation: string, items: readonly ItemAccess[], choice: number): Answer {
  if (operation.startsWith('Transact') && choice < 1 / 3) {
    return cancelled(
      items.map((_, index) => (index === 0 ? 'ThrottlingError' : undefined)),
      RATE,
    );
  }
  return choice < 2 / 3
    ? failure(DYNAMODB, 'ProvisionedThroughputExceededException', THROTTLED)
    : failure(DYNAMODB, 'ThrottlingException', RATE);
}

/** Takes the items in conflict out of a batch: AWS would hand them back as unprocessed. */
function splitBatch(body: JsonObject, conflicts: readonly boolean[]): { rest: JsonObject; unprocessed: Record<string, unknown[]> } {
  const unprocessed: Record<string, unknown[]> = {};
  const rest: Record<string, unknown[]> = {};
  let index = 0;
  for (const [table, requests] of Object.entries(objectAt(body, 'RequestItems') ?? {})) {
    for (const request of Array.isArray(requests) ? requests : []) {
      const into = conflicts[index++] === true ? unprocessed : rest;
      into[table] ??= [];
      into[table].push(request);
    }
  }
  return { rest: { ...body, RequestItems: rest }, unprocessed };
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
  const ourArns = `arn:aws:dynamodb:${options.region}:${options.account}:`;
  const engineArns = `arn:aws:dynamodb:${ENGINE_REGION}:000000000000:`;

  const forward = async (target: string, body: Buffer): Promise<Answer> => {
    try {
      return await engine.send(engineHeaders(target), body);
    } catch {
      return failure(DYNAMODB, 'InternalServerError', 'The DynamoDB engine cannot be reached.', 500);
    }
  };

  const withOurArns = (reply: Answer, operation: string): Answer => {
    const text = reply.body.toString();
    const changed =
      operation === 'GetRecords'
        ? text.replaceAll(`"awsRegion":"${ENGINE_REGION}"`, `"awsRegion":"${options.region}"`)
        : text.replaceAll(engineArns, ourArns);
    if (changed === text) {
      return reply;
    }
    const body = Buffer.from(changed);
    return { ...reply, headers: { ...reply.headers, 'content-length': String(body.length), 'x-amz-crc32': String(crc32(body)) }, body };
  };

  /** The control plane and streams: nothing but ARNs to see to. */
  const passArns = async (target: string, operation: string, body: Buffer): Promise<Answer> => {
    const sent = operation === 'GetRecords' ? body : Buffer.from(body.toString().replace(/arn:aws:dynamodb:[^:"]*:[^:"]*:/g, engineArns));
    const reply = withOurArns(await forward(target, sent), operation);
    if (SCHEMA_CHANGES.has(operation)) {
      tables.forget();
    }
    return reply;
  };

  const schemas = async (operation: string, body: unknown): Promise<SchemaLookup> => {
    const found = new Map<string, TableSchema | undefined>();
    for (const name of tablesOf(operation, body)) {
      const schema = tables.get(name);
      found.set(name, schema instanceof Promise ? await schema.catch(() => undefined) : schema);
    }
    return (name) => found.get(name);
  };

  const refusal = (operation: string, body: unknown, schemaOf: SchemaLookup, caller: Caller): Answer | undefined => {
    const place = { region: options.region, account: options.account };
    for (const check of requestsOf(operation, body, schemaOf, place)) {
      const decision = caller.policy(check);
      if (!decision.allowed) {
        const keys = check.context.get('dynamodb:leadingkeys');
        const detail = keys === undefined ? '' : ` (leading keys: ${keys.join(', ')})`;
        return failure(DYNAMODB, 'AccessDeniedException', caller.refuse(check.action, check.resource, decision.because, detail));
      }
    }
    return undefined;
  };

  const rememberBefore = async (items: readonly ItemAccess[], schemaOf: SchemaLookup): Promise<void> => {
    await Promise.all(
      items.map(async ({ table, keyHolder, writes }) => {
        const schema = schemaOf(table);
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
      return cancelled(
        found.map((conflict) => (conflict ? 'TransactionConflict' : undefined)),
        CONFLICT,
      );
    }
    if (operation !== 'BatchWriteItem') {
      return failure(DYNAMODB, 'TransactionConflictException', CONFLICT);
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
    const lookup = tablesOf(operation, body).map((name) => tables.get(name));
    const schemaOf: SchemaLookup = lookup.some((schema) => schema instanceof Promise)
      ? await schemas(operation, body)
      : (name) => {
          const schema = tables.get(name);
          return schema instanceof Promise ? undefined : schema;
        };
    const denied = caller === undefined ? undefined : refusal(operation, body, schemaOf, caller);
    if (denied !== undefined) {
      return denied;
    }
    const items = access === undefined ? [] : itemsOf(operation, body);
    const fate = caller?.fate;
    if (fate?.throttle === true) {
      return throttled(operation, items, fate.choice);
    }
    if (fate?.before === true) {
      return failure(DYNAMODB, 'InternalServerError', INTERNAL, 500);
    }
    const token = operation === 'TransactWriteItems' ? textAt(body, 'ClientRequestToken') : undefined;
    if (token !== undefined && tokens.has(token)) {
      return failure(DYNAMODB, 'TransactionInProgressException', 'The transaction with the given request token is already in progress.');
    }
    const entered =
      access === undefined
        ? undefined
        : conflicts.enter(
            access,
            items.map(({ table, keyHolder }) => itemId(table, schemaOf(table), keyHolder)),
          );
    if (entered !== undefined && 'conflicts' in entered) {
      return refuseConflict(operation, target, body, entered.conflicts);
    }
    if (token !== undefined) {
      tokens.add(token);
    }
    try {
      if (keepsRecent && items.length > 0) {
        await rememberBefore(items, schemaOf);
      }
      const reply = await forward(target, raw);
      if (reply.status === 200) {
        tellWritten(operation, body, items);
      }
      if (fate?.after === true) {
        return failure(DYNAMODB, 'InternalServerError', INTERNAL, 500);
      }
      return fate?.stale === true && operation === 'Query' ? aged(body, reply, schemaOf) : reply;
    } finally {
      entered?.leave();
      if (token !== undefined) {
        tokens.delete(token);
      }
    }
  };

  const aged = (body: JsonObject, reply: Answer, schemaOf: SchemaLookup): Answer => {
    const older = reply.status === 200 ? recent.age(body, parseJson(reply.body.toString()), schemaOf) : undefined;
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
      if (streams || WITH_ARNS.test(operation)) {
        const denied = caller === undefined ? undefined : refusal(operation, body, await schemas(operation, body), caller);
        return denied ?? passArns(target, operation, raw);
      }
      return perform(operation, target, body, raw, caller);
    },
    close: () => engine.close(),
  };
}
