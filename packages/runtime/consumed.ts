import type { Consumed, Table } from '#table/table.ts';

/** What the table charged between two readings of `table.consumed`. */
export const consumedSince = (before: Consumed, table: Table): Consumed => ({
  calls: table.consumed.calls - before.calls,
  retries: table.consumed.retries - before.retries,
  readUnits: table.consumed.readUnits - before.readUnits,
  writeUnits: table.consumed.writeUnits - before.writeUnits,
});
