/** Work that has gone on for this long is a job: somebody waits for its end, and what follows from it can wait. */
const JOB_AFTER_MS = 2_000;

/** What has a slot, and since when. */
interface Running {
  readonly since: number;
}

/**
 * Bounds how much background work (queues, streams, schedules) runs at a time, so that HTTP requests get their share of the processors.
 * First come, first served; while requests are being served the bound is lower. Beside a job (an import, a re-scoring) one other piece of work
 * runs at a time: else the events that it causes, a dozen of them for each of its own transactions, would leave it a tenth of the machine.
 */
export class Slots {
  readonly #limit: () => number;
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  readonly #running = new Set<Running>();

  constructor(limit: () => number, now: () => number = () => performance.now()) {
    this.#limit = limit;
    this.#now = now;
  }

  get inUse(): number {
    return this.#running.size + this.#waiting.length;
  }

  /** Runs the work once a slot is free. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const running = this.#hasRoom() ? this.#take() : await new Promise<Running>((free) => this.#waiting.push(() => free(this.#take())));
    try {
      return await work();
    } finally {
      this.#running.delete(running);
      this.admit();
    }
  }

  /** Lets waiting work in after the limit rose. */
  admit(): void {
    while (this.#waiting.length > 0 && this.#hasRoom()) this.#waiting.shift()?.();
  }

  #take(): Running {
    const running = { since: this.#now() };
    this.#running.add(running);
    return running;
  }

  #hasRoom(): boolean {
    const long = this.#now() - JOB_AFTER_MS;
    const jobs = [...this.#running].filter(({ since }) => since <= long).length;
    const limit = this.#limit();
    return this.#running.size < (jobs > 0 ? Math.min(jobs + 1, Math.max(2, limit)) : limit);
  }
}
