/**
 * Bounds how much background work (queues, streams, schedules) runs at a time, so that HTTP requests get their share of the processors.
 * First come, first served; while requests are being served the bound is lower.
 */
export class Slots {
  readonly #limit: () => number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  get inUse(): number {
    return this.#taken + this.#waiting.length;
  }

  /** Runs the work once a slot is free. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#taken < this.#limit()) this.#taken += 1;
    else await new Promise<void>((free) => this.#waiting.push(free));
    try {
      return await work();
    } finally {
      this.#taken -= 1;
      this.admit();
    }
  }

  /** Lets waiting work in after the limit rose. */
  admit(): void {
    while (this.#waiting.length > 0 && this.#taken < this.#limit()) {
      this.#taken += 1;
      this.#waiting.shift()?.();
    }
  }
}
