import { createHash, randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { QueueModel } from './model.ts';
import { inTransaction } from './store.ts';

export interface OutgoingMessage {
  readonly queueArn: string;
  readonly body: string;
  /** Message attributes, all of them strings. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A message as received. */
export interface QueueMessage {
  readonly id: number;
  readonly queueArn: string;
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  /** 1 the first time. */
  readonly receiveCount: number;
  /** The queue it was moved from, for one in a dead-letter queue. */
  readonly deadLetterSourceArn: string | undefined;
}

/** A message names a queue that the template does not have. */
export class UnknownQueueError extends Error {
  override readonly name = 'UnknownQueueError';
}

const asText = (value: SQLOutputValue | undefined): string => (typeof value === 'string' ? value : '');
const asNumber = (value: SQLOutputValue | undefined): number => (typeof value === 'number' ? value : 0);

const asAttributes = (value: SQLOutputValue | undefined): Record<string, string> => {
  const parsed: unknown = JSON.parse(asText(value) || '{}');
  return Object.fromEntries(Object.entries(parsed ?? {}).map(([name, entry]) => [name, String(entry)]));
};

/**
 * How long until a failed message is tried again: 1 s, 2 s, 4 s … but never longer than the queue's visibility timeout, in milliseconds.
 * Deployed, SQS waits the whole visibility timeout each time; here nobody wants to wait minutes to see a retry.
 */
export const retryDelay = (receiveCount: number, visibilityTimeout: number): number =>
  Math.min(visibilityTimeout * 1000, 1000 * 2 ** Math.min(receiveCount - 1, 20));

/** SQS queues on SQLite. Every method is one transaction: what it did is durable when it returns. */
export class Queues {
  readonly #database: DatabaseSync;
  readonly #models: ReadonlyMap<string, QueueModel>;
  readonly #listeners = new Map<string, () => void>();
  readonly #now: () => number;
  readonly #insert: StatementSync;
  readonly #visible: StatementSync;
  readonly #take: StatementSync;
  readonly #remove: StatementSync;
  readonly #again: StatementSync;
  readonly #move: StatementSync;
  readonly #next: StatementSync;
  readonly #ready: StatementSync;

  constructor(database: DatabaseSync, models: readonly QueueModel[], now: () => number = Date.now) {
    this.#database = database;
    this.#models = new Map(models.map((model) => [model.arn, model]));
    this.#now = now;
    database.exec(`
      CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, message_id TEXT NOT NULL, body TEXT NOT NULL, attributes TEXT NOT NULL,
        sent_at INTEGER NOT NULL, visible_at INTEGER NOT NULL, receive_count INTEGER NOT NULL DEFAULT 0, first_received_at INTEGER,
        receipt TEXT, dead_letter_source TEXT);
      CREATE INDEX IF NOT EXISTS messages_visible ON messages (queue, visible_at, id);
    `);
    // What was being handled when the process ended is visible at once, and that attempt does not count.
    database
      .prepare('UPDATE messages SET visible_at = ?, receive_count = max(0, receive_count - 1), receipt = NULL WHERE receipt IS NOT NULL')
      .run(now());
    for (const model of models) {
      database.prepare('DELETE FROM messages WHERE queue = ? AND sent_at < ?').run(model.arn, now() - model.retention * 1000);
    }
    this.#insert = database.prepare(
      'INSERT INTO messages (queue, message_id, body, attributes, sent_at, visible_at, dead_letter_source) VALUES (?, ?, ?, ?, ?, ?, ?)',
    );
    this.#visible = database.prepare('SELECT * FROM messages WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?');
    this.#take = database.prepare(
      'UPDATE messages SET visible_at = ?, receive_count = receive_count + 1, first_received_at = coalesce(first_received_at, ?), receipt = ? WHERE id = ?',
    );
    this.#remove = database.prepare('DELETE FROM messages WHERE id = ?');
    this.#again = database.prepare('UPDATE messages SET visible_at = ?, receive_count = ?, receipt = NULL WHERE id = ? AND receipt = ?');
    this.#move = database.prepare(
      'UPDATE messages SET queue = ?, dead_letter_source = queue, visible_at = ?, receive_count = 0, first_received_at = NULL, receipt = NULL, attributes = ? WHERE id = ?',
    );
    this.#next = database.prepare('SELECT min(visible_at) AS at FROM messages WHERE queue = ?');
    this.#ready = database.prepare('SELECT count(*) AS count FROM (SELECT 1 FROM messages WHERE queue = ? AND visible_at <= ? LIMIT ?)');
  }

  has(queueArn: string): boolean {
    return this.#models.has(queueArn);
  }

  /**
   * Puts all messages on their queues, in one transaction.
   * @throws {UnknownQueueError} and sends none, if one names a queue that is not there
   */
  send(messages: readonly OutgoingMessage[]): void {
    const now = this.#now();
    inTransaction(this.#database, () => {
      for (const { queueArn, body, attributes = {} } of messages) {
        const { delay } = this.#model(queueArn);
        this.#insert.run(queueArn, randomUUID(), body, JSON.stringify(attributes), now, now + delay * 1000, null);
      }
    });
    this.#tell(new Set(messages.map((message) => message.queueArn)));
  }

  /** Takes up to `max` visible messages; others do not see them until the visibility timeout is over. */
  receive(queueArn: string, max: number): readonly QueueMessage[] {
    const { visibilityTimeout } = this.#model(queueArn);
    const now = this.#now();
    return inTransaction(this.#database, () => {
      const found = this.#visible.all(queueArn, now, max);
      const spent: QueueMessage[] = [];
      const taken: QueueMessage[] = [];
      for (const row of found) {
        const receiptHandle = randomUUID();
        const message: QueueMessage = {
          id: asNumber(row.id),
          queueArn,
          messageId: asText(row.message_id),
          receiptHandle,
          body: asText(row.body),
          attributes: asAttributes(row.attributes),
          sentAt: asNumber(row.sent_at),
          firstReceivedAt: asNumber(row.first_received_at) || now,
          receiveCount: asNumber(row.receive_count) + 1,
          deadLetterSourceArn: asText(row.dead_letter_source) || undefined,
        };
        if (this.#isSpent(queueArn, message.receiveCount - 1)) spent.push(message);
        else {
          this.#take.run(now + visibilityTimeout * 1000, now, receiptHandle, message.id);
          taken.push(message);
        }
      }
      // A message whose visibility ran out at its last attempt.
      for (const message of spent) this.#moveToDeadLetters(message, {});
      return taken;
    });
  }

  delete(messages: readonly QueueMessage[]): void {
    inTransaction(this.#database, () => {
      for (const { id } of messages) this.#remove.run(id);
    });
  }

  /**
   * The attempt failed: the message comes again after a while, or, after the queue's last attempt, goes to its dead-letter queue with the
   * attributes given.
   */
  fail(messages: readonly QueueMessage[], attributes: Readonly<Record<string, string>> = {}): void {
    const now = this.#now();
    inTransaction(this.#database, () => {
      for (const message of messages) {
        const { visibilityTimeout } = this.#model(message.queueArn);
        if (this.#isSpent(message.queueArn, message.receiveCount)) this.#moveToDeadLetters(message, attributes);
        else
          this.#again.run(
            now + retryDelay(message.receiveCount, visibilityTimeout),
            message.receiveCount,
            message.id,
            message.receiptHandle,
          );
      }
    });
  }

  /** The attempt was cut short by the runtime's stop: the message is visible again and the attempt does not count. */
  release(messages: readonly QueueMessage[]): void {
    inTransaction(this.#database, () => {
      for (const { id, receiptHandle, receiveCount } of messages) this.#again.run(this.#now(), receiveCount - 1, id, receiptHandle);
    });
  }

  /** When the queue's next message becomes visible, epoch milliseconds; undefined for an empty queue. */
  nextVisibleAt(queueArn: string): number | undefined {
    const found = this.#next.get(queueArn)?.at;
    return typeof found === 'number' ? found : undefined;
  }

  /** How many messages are visible, counted up to `limit`. */
  visibleCount(queueArn: string, limit: number): number {
    return asNumber(this.#ready.get(queueArn, this.#now(), limit)?.count);
  }

  /** All messages of a queue without receiving them, oldest first. */
  peek(queueArn: string): readonly { readonly body: string; readonly attributes: Readonly<Record<string, string>> }[] {
    return this.#database
      .prepare('SELECT body, attributes FROM messages WHERE queue = ? ORDER BY id')
      .all(queueArn)
      .map((row) => ({ body: asText(row.body), attributes: asAttributes(row.attributes) }));
  }

  /** Calls the listener after each send to the queue; one listener for a queue. */
  onSend(queueArn: string, listener: () => void): void {
    this.#listeners.set(queueArn, listener);
  }

  #model(queueArn: string): QueueModel {
    const model = this.#models.get(queueArn);
    if (model === undefined) throw new UnknownQueueError(`There is no queue ${queueArn}`);
    return model;
  }

  /** Whether a message that was received this often has had its attempts. Without a redrive policy it is tried until its retention ends. */
  #isSpent(queueArn: string, receiveCount: number): boolean {
    const { maxReceiveCount } = this.#model(queueArn);
    return maxReceiveCount !== undefined && receiveCount >= maxReceiveCount;
  }

  #moveToDeadLetters(message: QueueMessage, attributes: Readonly<Record<string, string>>): void {
    const { deadLetterArn } = this.#model(message.queueArn);
    if (deadLetterArn === undefined || !this.has(deadLetterArn)) this.#remove.run(message.id);
    else this.#move.run(deadLetterArn, this.#now(), JSON.stringify({ ...message.attributes, ...attributes }), message.id);
    if (deadLetterArn !== undefined) this.#tell([deadLetterArn]);
  }

  /** In a microtask, when a transaction around this call is committed. */
  #tell(queueArns: Iterable<string>): void {
    for (const queueArn of queueArns) {
      const listener = this.#listeners.get(queueArn);
      if (listener !== undefined) queueMicrotask(listener);
    }
  }
}

/** A received message as Lambda gives it to a function (`Records` of an SQS event). */
export const sqsRecord = (message: QueueMessage, region: string, account: string): Record<string, unknown> => ({
  messageId: message.messageId,
  receiptHandle: message.receiptHandle,
  body: message.body,
  attributes: {
    ApproximateReceiveCount: String(message.receiveCount),
    SentTimestamp: String(message.sentAt),
    SenderId: account,
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    ...(message.deadLetterSourceArn === undefined ? {} : { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
  },
  messageAttributes: Object.fromEntries(
    Object.entries(message.attributes).map(([name, stringValue]) => [
      name,
      { stringValue, stringListValues: [], binaryListValues: [], dataType: 'String' },
    ]),
  ),
  md5OfBody: createHash('md5').update(message.body).digest('hex'),
  eventSource: 'aws:sqs',
  eventSourceARN: message.queueArn,
  awsRegion: region,
});
