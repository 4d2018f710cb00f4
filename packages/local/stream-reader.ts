import { connectEngine, type EngineClient, engineHeaders } from './aws/engine-client.ts';
import { at, type Json, type JsonObject, list, object, parseJson, text } from './json.ts';

/** DynamoDB Streams refused a request. */
export class StreamError extends Error {
  override readonly name = 'StreamError';
  /** `ExpiredIteratorException`, `TrimmedDataAccessException`, `ResourceNotFoundException` … */
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

export interface StreamShard {
  readonly id: string;
  readonly parentId: string | undefined;
}

export interface StreamPage {
  readonly records: readonly JsonObject[];
  /** Undefined at the end of a closed shard. */
  readonly next: string | undefined;
}

/**
 * DynamoDB Streams of an engine, in the JSON of the wire: attribute values have the same form there as in a Lambda event, so records pass
 * through without being decoded.
 */
export class StreamReader {
  readonly #client: EngineClient;

  constructor(engineUrl: string) {
    this.#client = connectEngine(engineUrl);
  }

  close(): void {
    this.#client.close();
  }

  /** The ARN of a table's stream, which is another each time the table is made anew. */
  async streamArn(tableName: string): Promise<string> {
    const answer = await this.#call('DynamoDB_20120810.DescribeTable', { TableName: tableName });
    const arn = text(at(answer, 'Table', 'LatestStreamArn'));
    if (arn === undefined) throw new StreamError('ResourceNotFoundException', `table ${tableName} has no stream`);
    return arn;
  }

  /** All shards. Their sequence number ranges are not looked at: dynoxide shows an ending number for its only shard, which never ends. */
  async shards(streamArn: string): Promise<readonly StreamShard[]> {
    const shards: StreamShard[] = [];
    let last: string | undefined;
    do {
      const answer: Json = await this.#call('DynamoDBStreams_20120810.DescribeStream', {
        StreamArn: streamArn,
        ...(last === undefined ? {} : { ExclusiveStartShardId: last }),
      });
      for (const shard of list(at(answer, 'StreamDescription', 'Shards'))) {
        shards.push({ id: text(at(shard, 'ShardId')) ?? '', parentId: text(at(shard, 'ParentShardId')) });
      }
      last = text(at(answer, 'StreamDescription', 'LastEvaluatedShardId'));
    } while (last !== undefined);
    return shards;
  }

  /** An iterator after a sequence number, or at the oldest record. */
  async iterator(streamArn: string, shardId: string, after: string | undefined): Promise<string> {
    const answer = await this.#call('DynamoDBStreams_20120810.GetShardIterator', {
      StreamArn: streamArn,
      ShardId: shardId,
      ...(after === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after }),
    });
    return text(at(answer, 'ShardIterator')) ?? '';
  }

  async page(iterator: string, limit: number): Promise<StreamPage> {
    const answer = await this.#call('DynamoDBStreams_20120810.GetRecords', { ShardIterator: iterator, Limit: limit });
    return { records: list(at(answer, 'Records')).map(object), next: text(at(answer, 'NextShardIterator')) };
  }

  async #call(target: string, input: JsonObject): Promise<Json> {
    const answer = await this.#client.send(engineHeaders(target), Buffer.from(JSON.stringify(input)));
    const parsed = parseJson(answer.body.toString('utf8') || '{}');
    if (answer.status === 200) return parsed;
    const code = (text(at(parsed, '__type')) ?? 'InternalServerError').split('#').at(-1) ?? '';
    throw new StreamError(code, text(at(parsed, 'message')) ?? text(at(parsed, 'Message')) ?? `status ${answer.status}`);
  }
}
