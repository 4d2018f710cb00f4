import type { Table } from '#table/table.ts';

/** What a function stands on. In Lambda it is made from the environment at the first invocation; tests give their own. */
export interface Edge {
  readonly table: Table;
  /** The secret that signs cursors and hashes API keys. */
  signingSecret(): Promise<string>;
  /** Milliseconds since 1970. */
  now(): number;
  /** 0 up to, not including, 1. */
  random(): number;
  sleep(milliseconds: number): Promise<void>;
}
