/** What is going on with an item right now. */
interface Ongoing {
  /** Plain writes in flight. */
  writes: number;
  /** Transactions in flight: one that writes or checks excludes all others; those that only read go together. */
  writing: number;
  reading: number;
}

/** What a request is, as far as conflicts go. */
export type Access = 'write' | 'transaction-write' | 'transaction-read';

/** The in-flight items of all requests. */
export interface Conflicts {
  /**
   * Enters a request's items, if none of them is in conflict with what is in flight.
   * @param items item ids, in the request's order; undefined for one that cannot be told.
   * @returns `leave`, to be called once the request was answered, or for each item whether it is in conflict.
   */
  enter(
    access: Access,
    items: readonly (string | undefined)[],
  ): { readonly leave: () => void } | { readonly conflicts: readonly boolean[] };
}

/**
 * DynamoDB lets overlapping transactions fail (`TransactionConflict`), where the engine just lines them up; this table notices them.
 * Whoever comes second is refused, as on AWS; two plain writes of one item never conflict, nor do two transactions that only read.
 */
export function trackConflicts(): Conflicts {
  const ongoing = new Map<string, Ongoing>();

  const isConflict = (access: Access, item: string | undefined): boolean => {
    const state = item === undefined ? undefined : ongoing.get(item);
    if (state === undefined) {
      return false;
    }
    switch (access) {
      case 'write':
        return state.writing > 0 || state.reading > 0;
      case 'transaction-write':
        return true;
      case 'transaction-read':
        return state.writing > 0 || state.writes > 0;
    }
  };

  const counter = (access: Access): keyof Ongoing =>
    access === 'write' ? 'writes' : access === 'transaction-write' ? 'writing' : 'reading';

  return {
    enter(access, items) {
      if (items.some((item) => isConflict(access, item))) {
        return { conflicts: items.map((item) => isConflict(access, item)) };
      }
      const which = counter(access);
      const entered = items.filter((item) => item !== undefined);
      for (const item of entered) {
        let state = ongoing.get(item);
        if (state === undefined) {
          state = { writes: 0, writing: 0, reading: 0 };
          ongoing.set(item, state);
        }
        state[which]++;
      }
      return {
        leave: () => {
          for (const item of entered.splice(0)) {
            const state = ongoing.get(item);
            if (state !== undefined) {
              state[which]--;
              if (state.writes === 0 && state.writing === 0 && state.reading === 0) {
                ongoing.delete(item);
              }
            }
          }
        },
      };
    },
  };
}
