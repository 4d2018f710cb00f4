import { compilePattern } from './aws/event-pattern.ts';
import { failedItems, type Invoke } from './invocation.ts';
import { type Json, parseJson } from './json.ts';
import type { QueueMappingModel } from './model.ts';
import { type QueueMessage, type Queues, sqsRecord } from './queues.ts';
import type { Slots } from './slots.ts';

export interface ConsumerOptions {
  readonly mapping: QueueMappingModel;
  readonly queues: Queues;
  readonly invoke: Invoke;
  readonly slots: Slots;
  readonly region: string;
  readonly account: string;
  /** Makes the function's event of the messages; an SQS event by default. */
  readonly event?: (messages: readonly QueueMessage[]) => string;
  readonly onFailure?: (messages: readonly QueueMessage[], error: string) => void;
}

/** Batches in flight of one mapping at most, where it does not say. Further ones start only when a whole batch is waiting. */
const DEFAULT_CONCURRENCY = 3;
/** Between the starts of two batches that are not full. */
const BATCHES_APART_MS = 15;
/** The longest time that setTimeout can wait. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

const bodyOf = (message: QueueMessage): Json => {
  try {
    return parseJson(message.body);
  } catch {
    return message.body;
  }
};

/** Gives a queue's messages to its function in batches: an event source mapping of SQS. */
export class QueueConsumer {
  readonly #options: ConsumerOptions;
  readonly #filters: readonly ((message: unknown) => boolean)[];
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #windowOpenedAt: number | undefined;
  #startedAt = 0;
  #stopped = true;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.#filters = options.mapping.filters.map((filter) => compilePattern(filter));
    options.queues.onSend(options.mapping.sourceArn, () => this.#wake());
  }

  start(): void {
    this.#stopped = false;
    this.#wake();
  }

  /** Takes no more messages, and is fulfilled when those being handled are done. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#running);
  }

  /** Whether a message waits or is being handled; one to be retried later counts. */
  get busy(): boolean {
    return this.#running.size > 0 || this.#options.queues.nextVisibleAt(this.#options.mapping.sourceArn) !== undefined;
  }

  #wake(): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    const { mapping, queues } = this.#options;
    const { batchSize, batchWindow, sourceArn } = mapping;
    const most = mapping.maximumConcurrency ?? DEFAULT_CONCURRENCY;
    const visible = queues.visibleCount(sourceArn, batchSize);
    if (visible > 0 && visible < batchSize && batchWindow > 0) {
      this.#windowOpenedAt ??= Date.now();
      const left = this.#windowOpenedAt + batchWindow * 1000 - Date.now();
      if (left > 0) {
        this.#timer = setTimeout(() => this.#wake(), left);
        return;
      }
    }
    if (visible > 0 && visible < batchSize) {
      // A lone message is handled at once; of many, those of the same moment together.
      const early = this.#startedAt + BATCHES_APART_MS - performance.now();
      if (early > 0) {
        this.#timer = setTimeout(() => this.#wake(), early);
        return;
      }
    }
    if (visible > 0 && this.#running.size < most && (this.#running.size === 0 || visible >= batchSize)) {
      this.#windowOpenedAt = undefined;
      this.#startedAt = performance.now();
      const run = this.#options.slots.run(() => this.#handleBatch());
      this.#running.add(run);
      void run.finally(() => {
        this.#running.delete(run);
        this.#wake();
      });
      // One batch more at a time: whether another is worth it shows once this one has taken its messages.
      return;
    }
    if (visible > 0) return;
    const next = queues.nextVisibleAt(sourceArn);
    if (next !== undefined) this.#timer = setTimeout(() => this.#wake(), Math.min(Math.max(1, next - Date.now()), LONGEST_WAIT_MS));
  }

  async #handleBatch(): Promise<void> {
    const { mapping, queues, invoke, region, account } = this.#options;
    if (this.#stopped) return;
    const received = queues.receive(mapping.sourceArn, mapping.batchSize);
    this.#wake();
    const messages = this.#filters.length === 0 ? received : received.filter((message) => this.#passes(message));
    if (messages.length < received.length) queues.delete(received.filter((message) => !messages.includes(message)));
    if (messages.length === 0) return;
    const event =
      this.#options.event?.(messages) ?? JSON.stringify({ Records: messages.map((message) => sqsRecord(message, region, account)) });
    const result = await invoke(mapping.functionArn, event);
    const failed = mapping.partialFailures
      ? failedItems(result, new Set(messages.map(({ messageId }) => messageId)))
      : result.ok
        ? new Set<string>()
        : 'all';
    const isFailed = (message: QueueMessage): boolean => failed === 'all' || failed.has(message.messageId);
    const again = messages.filter(isFailed);
    queues.delete(messages.filter((message) => !isFailed(message)));
    if (again.length === 0) return;
    if (!result.ok && result.errorType === STOPPED) {
      queues.release(again);
      return;
    }
    const error = result.ok ? 'reported by the function' : `${result.errorType}: ${result.errorMessage}`;
    queues.fail(again, { ERROR_MESSAGE: error.slice(0, 1000) });
    this.#options.onFailure?.(again, error);
  }

  #passes(message: QueueMessage): boolean {
    const seen = { body: bodyOf(message), messageId: message.messageId, attributes: message.attributes };
    return this.#filters.some((passes) => passes(seen));
  }
}

/** The error type of an invocation that the runtime's own stop cut short. */
export const STOPPED = 'Runtime.Stopped';
