/** Work that has gone on for this long is taken for a job: somebody waits for its end, and what follows from it can wait. */
const JOB_AFTER_MS = 2_000;
/** On a slow machine other work takes that long, too. What has gone on for this long surely is one, and further jobs have slots of their own. */
const SURELY_AFTER_MS = 10_000;

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
    const limit = this.#limit();
    const sinceBefore = (milliseconds: number): number => {
      const before = this.#now() - milliseconds;
      return [...this.#running].filter(({ since }) => since <= before).length;
    };
    if (sinceBefore(JOB_AFTER_MS) === 0) return this.#running.size < limit;
    const jobs = Math.max(1, sinceBefore(SURELY_AFTER_MS));
    return this.#running.size < Math.min(jobs + 1, Math.max(2, limit));
  }
}
