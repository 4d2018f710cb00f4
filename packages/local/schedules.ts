import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { BusEvent } from './aws/types.ts';
import type { Bus } from './bus.ts';
import { type NextAfter, parseSchedule } from './cron.ts';
import type { ScheduleModel } from './model.ts';
import type { Queues } from './queues.ts';
import { inTransaction } from './store.ts';

export interface SchedulesOptions {
  readonly schedules: readonly ScheduleModel[];
  readonly database: DatabaseSync;
  readonly queues: Queues;
  readonly bus: Bus;
  readonly region: string;
  readonly account: string;
  readonly onFire?: (schedule: ScheduleModel) => void;
  readonly now?: () => number;
}

const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** Fires rules with a schedule and EventBridge Scheduler's schedules. One that was missed while nothing ran fires once after the start. */
export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #now: () => number;
  readonly #timers = new Map<ScheduleModel, NodeJS.Timeout>();

  constructor(options: SchedulesOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    options.database.exec(
      'CREATE TABLE IF NOT EXISTS schedules (arn TEXT PRIMARY KEY, expression TEXT NOT NULL, origin INTEGER NOT NULL, last INTEGER NOT NULL)',
    );
  }

  start(): void {
    const { database, schedules } = this.#options;
    for (const schedule of schedules) {
      const now = this.#now();
      const kept = database
        .prepare('SELECT origin, last FROM schedules WHERE arn = ? AND expression = ?')
        .get(schedule.arn, schedule.expression);
      const origin = typeof kept?.origin === 'number' ? kept.origin : now;
      const last = typeof kept?.last === 'number' ? kept.last : now;
      if (kept === undefined) {
        database.prepare('INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?)').run(schedule.arn, schedule.expression, origin, last);
      }
      this.#plan(schedule, parseSchedule(schedule.expression, schedule.timezone, origin), last);
    }
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #plan(schedule: ScheduleModel, nextAfter: NextAfter, last: number): void {
    const next = nextAfter(last);
    if (next === undefined) return;
    const wait = next - this.#now();
    if (wait <= 0) {
      // However many were missed, one is made up for.
      const now = this.#now();
      this.#fire(schedule, next, now);
      this.#plan(schedule, nextAfter, now);
    } else {
      const timer = setTimeout(() => this.#plan(schedule, nextAfter, last), Math.min(wait, LONGEST_WAIT_MS));
      this.#timers.set(schedule, timer.unref());
    }
  }

  #fire(schedule: ScheduleModel, due: number, now: number): void {
    const { database, queues, bus, region, account } = this.#options;
    const event: BusEvent = {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account,
      time: new Date(due).toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources: [schedule.arn],
      detail: {},
    };
    inTransaction(database, () => {
      const targets =
        schedule.kind === 'rule' ? schedule.targets : schedule.targets.map((target) => ({ ...target, input: target.input ?? '{}' }));
      queues.send(targets.flatMap((target) => bus.deliver(target, event, schedule)));
      database.prepare('UPDATE schedules SET last = ? WHERE arn = ?').run(now, schedule.arn);
    });
    this.#options.onFire?.(schedule);
  }
}
