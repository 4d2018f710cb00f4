import { randomUUID } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { compilePattern } from './aws/event-pattern.ts';
import { failedItems, type Invoke } from './invocation.ts';
import { at, type JsonObject, number, object, text } from './json.ts';
import type { StreamMappingModel } from './model.ts';
import { STOPPED } from './queue-consumer.ts';
import type { Queues } from './queues.ts';
import type { Slots } from './slots.ts';
import { StreamError, type StreamReader } from './stream-reader.ts';

export interface StreamConsumerOptions {
  readonly mapping: StreamMappingModel;
  readonly reader: StreamReader;
  readonly database: DatabaseSync;
  readonly queues: Queues;
  readonly invoke: Invoke;
  readonly slots: Slots;
  readonly region: string;
  /** All records of the table's stream up to this sequence number are handled by this mapping. */
  readonly onHandled?: (tableName: string, sequenceNumber: string) => void;
  readonly onError?: (error: unknown) => void;
  /** Records were given up and sent to the on-failure destination (or nowhere). */
  readonly onGivenUp?: (records: number, reason: string) => void;
  /** How often to look without having been woken, milliseconds (200). */
  readonly pollEvery?: number;
}

interface Shard {
  readonly id: string;
  readonly parentId: string | undefined;
  iterator: string | undefined;
  done: boolean;
}

/** Records read at once: the engine does nothing else meanwhile, and reading 500 keeps it for 30 ms of a processor. */
const PAGE = 150;
const LOOK_APART_MS = 15;
const RETRY_FIRST_MS = 100;
const RETRY_MOST_MS = 10_000;

const sequenceOf = (record: JsonObject): string => text(at(record.dynamodb, 'SequenceNumber')) ?? '';
const createdAt = (record: JsonObject): number => (number(at(record.dynamodb, 'ApproximateCreationDateTime')) ?? 0) * 1000;

/** Gives a table's stream records to a function in order: an event source mapping of DynamoDB Streams. At least once, also over a kill. */
export class StreamConsumer {
  readonly #options: StreamConsumerOptions;
  readonly #filters: readonly ((record: unknown) => boolean)[];
  readonly #load: StatementSync;
  readonly #save: StatementSync;
  #streamArn: string | undefined;
  #shards: Shard[] = [];
  #dirty = true;
  #busy = true;
  #lookedAt = 0;
  #wakeUp: (() => void) | undefined;
  #stopped = false;
  readonly #stopping = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(options: StreamConsumerOptions) {
    this.#options = options;
    this.#filters = options.mapping.filters.map((filter) => compilePattern(filter));
    options.database.exec(`CREATE TABLE IF NOT EXISTS stream_positions (
      mapping TEXT NOT NULL, stream TEXT NOT NULL, shard TEXT NOT NULL, sequence_number TEXT NOT NULL, PRIMARY KEY (mapping, stream, shard))`);
    this.#load = options.database.prepare('SELECT sequence_number FROM stream_positions WHERE mapping = ? AND stream = ? AND shard = ?');
    this.#save = options.database.prepare('INSERT OR REPLACE INTO stream_positions VALUES (?, ?, ?, ?)');
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There may be new records: looks at once. */
  wake(): void {
    this.#dirty = true;
    this.#wakeUp?.();
  }

  /** Whether records wait or are being handled. */
  get busy(): boolean {
    return this.#busy || this.#dirty;
  }

  /** Reads no more, and is fulfilled when what is being handled is done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.abort();
    this.#wakeUp?.();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stopped) {
      try {
        this.#busy = true;
        // A lone write is handled at once; of many, those of the same moment together: a look for each would cost more than its handling.
        const early = this.#lookedAt + LOOK_APART_MS - performance.now();
        if (early > 0) await this.#rest(early);
        this.#lookedAt = performance.now();
        this.#dirty = false;
        const found = await this.#readAll();
        failures = 0;
        if (found || this.#dirty) continue;
        this.#busy = false;
        await this.#idle();
      } catch (error) {
        if (this.#stopped) return;
        // A position that is no longer there: the shards are looked up anew, and each is read on from the kept position.
        this.#shards = [];
        this.#streamArn = undefined;
        failures += 1;
        if (failures === 1) this.#options.onError?.(error);
        await this.#pause(failures);
      }
    }
  }

  /** Until woken by a write, or the next look. */
  async #idle(): Promise<void> {
    if (this.#stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.#options.pollEvery ?? 200);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeUp = undefined;
  }

  /** Before another attempt: longer after each, cut short by the stop alone. */
  async #pause(attempts: number): Promise<void> {
    const milliseconds = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** Math.min(attempts - 1, 20));
    await this.#rest(milliseconds);
  }

  async #rest(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  /** Reads one page of every shard whose parent is read to its end. */
  async #readAll(): Promise<boolean> {
    const { reader, mapping } = this.#options;
    this.#streamArn ??= await reader.streamArn(mapping.tableName);
    if (this.#shards.every(({ done }) => done)) {
      const known = new Map(this.#shards.map((shard) => [shard.id, shard]));
      this.#shards = (await reader.shards(this.#streamArn)).map(
        (shard) => known.get(shard.id) ?? { ...shard, iterator: undefined, done: false },
      );
    }
    let found = false;
    for (const shard of this.#shards) {
      if (shard.done || this.#shards.some(({ id, done }) => id === shard.parentId && !done)) continue;
      found = (await this.#readShard(this.#streamArn, shard)) || found;
    }
    return found;
  }

  /** Without a kept position the shard's oldest record is first, also for LATEST: the table is made with its mapping, so nothing is older. */
  async #readShard(streamArn: string, shard: Shard): Promise<boolean> {
    const { reader, mapping } = this.#options;
    if (shard.iterator === undefined) {
      const kept = text(this.#load.get(mapping.id, streamArn, shard.id)?.sequence_number?.toString());
      try {
        shard.iterator = await reader.iterator(streamArn, shard.id, kept);
      } catch (error) {
        if (!(error instanceof StreamError && error.code === 'TrimmedDataAccessException')) throw error;
        shard.iterator = await reader.iterator(streamArn, shard.id, undefined);
      }
    }
    const { records, next } = await reader.page(shard.iterator, PAGE);
    const handled = records.length === 0 || (await this.#handle(streamArn, shard.id, records));
    if (handled) {
      shard.iterator = next;
      shard.done = next === undefined;
    }
    return records.length > 0;
  }

  /** Whether all were handled; false when the runtime stopped first. */
  async #handle(streamArn: string, shardId: string, records: readonly JsonObject[]): Promise<boolean> {
    const { mapping } = this.#options;
    const keep = (sequenceNumber: string): void => {
      this.#save.run(mapping.id, streamArn, shardId, sequenceNumber);
      this.#options.onHandled?.(mapping.tableName, sequenceNumber);
    };
    const wanted = records
      .map((record) => this.#lambdaRecord(record))
      .filter((record) => this.#filters.length === 0 || this.#filters.some((passes) => passes(record)));
    for (let position = 0; position < wanted.length; position += mapping.batchSize) {
      const batch = wanted.slice(position, position + mapping.batchSize);
      if (this.#stopped || !(await this.#process(batch, shardId, 0, keep))) return false;
    }
    const last = records.at(-1);
    if (last !== undefined) keep(sequenceOf(last));
    return true;
  }

  async #process(
    batch: readonly JsonObject[],
    shardId: string,
    earlierAttempts: number,
    keep: (sequenceNumber: string) => void,
  ): Promise<boolean> {
    const { mapping, invoke, slots } = this.#options;
    let left = batch;
    for (let attempts = earlierAttempts + 1; ; attempts += 1) {
      const event = JSON.stringify({ Records: left });
      const result = await slots.run(() => invoke(mapping.functionArn, event));
      if (!result.ok && result.errorType === STOPPED) return false;
      const failed = mapping.partialFailures ? failedItems(result, new Set(left.map(sequenceOf))) : result.ok ? new Set<string>() : 'all';
      const firstFailed = failed === 'all' ? 0 : left.findIndex((record) => failed.has(sequenceOf(record)));
      const handled = firstFailed < 0 ? left : left.slice(0, firstFailed);
      const lastHandled = handled.at(-1);
      if (lastHandled !== undefined) keep(sequenceOf(lastHandled));
      if (firstFailed < 0) return true;
      left = left.slice(firstFailed);

      const reason = result.ok ? 'reported by the function' : `${result.errorType}: ${result.errorMessage}`;
      if (mapping.bisect && firstFailed === 0 && left.length > 1) {
        // No progress: halves, also where the function named the first record. Splitting does not use up an attempt.
        const middle = Math.ceil(left.length / 2);
        return (
          (await this.#process(left.slice(0, middle), shardId, attempts - 1, keep)) &&
          (await this.#process(left.slice(middle), shardId, attempts - 1, keep))
        );
      }
      // Age counts only once an attempt has failed: records that waited while this machine was off are not to be lost.
      const oldest = Math.min(...left.map(createdAt));
      const tooOld = mapping.maximumAge >= 0 && Date.now() - oldest > mapping.maximumAge * 1000;
      if (tooOld || (mapping.maximumRetries >= 0 && attempts > mapping.maximumRetries)) {
        this.#giveUp(left, shardId, attempts, tooOld ? 'RecordAgeExceeded' : 'RetryAttemptsExhausted', reason);
        return true;
      }
      await this.#pause(attempts);
      if (this.#stopped) return false;
    }
  }

  #giveUp(records: readonly JsonObject[], shardId: string, attempts: number, condition: string, reason: string): void {
    const { mapping, queues } = this.#options;
    this.#options.onGivenUp?.(records.length, reason);
    const [first] = records;
    const last = records.at(-1);
    if (mapping.onFailureArn === undefined || !queues.has(mapping.onFailureArn) || first === undefined || last === undefined) return;
    const body = {
      requestContext: { requestId: randomUUID(), functionArn: mapping.functionArn, condition, approximateInvokeCount: attempts },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: new Date().toISOString(),
      DDBStreamBatchInfo: {
        shardId,
        startSequenceNumber: sequenceOf(first),
        endSequenceNumber: sequenceOf(last),
        approximateArrivalOfFirstRecord: new Date(createdAt(first)).toISOString(),
        approximateArrivalOfLastRecord: new Date(createdAt(last)).toISOString(),
        batchSize: records.length,
        streamArn: mapping.sourceArn,
      },
    };
    queues.send([{ queueArn: mapping.onFailureArn, body: JSON.stringify(body) }]);
  }

  #lambdaRecord(record: JsonObject): JsonObject {
    return {
      eventID: record.eventID,
      eventName: record.eventName,
      eventVersion: record.eventVersion ?? '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: this.#options.region,
      dynamodb: object(record.dynamodb),
      ...(record.userIdentity === undefined ? {} : { userIdentity: record.userIdentity }),
      eventSourceARN: this.#options.mapping.sourceArn,
    };
  }
}
