import { DatabaseSync } from 'node:sqlite';

/** The engine's own table of stream records, seen through a second connection. */
export interface StreamRecords {
  /** Makes the missing indexes; true if they are there. */
  prepare(): boolean;
  /** Drops a table's records up to and including a sequence number, save its newest; returns how many. */
  trim(tableName: string, upToSequenceNumber: string): number;
  close(): void;
}

const INDEXES = [
  'CREATE INDEX IF NOT EXISTS x_seq ON _stream_records(table_name, CAST(sequence_number AS INTEGER))',
  'CREATE INDEX IF NOT EXISTS x_seq2 ON _stream_records(table_name, shard_id, CAST(sequence_number AS INTEGER))',
  'CREATE INDEX IF NOT EXISTS x_seq3 ON _stream_records(table_name, shard_id, sequence_number)',
];

/** Few at a time: the engine waits while we hold the write lock. */
const TRIM_AT_ONCE = 500;
/** And not for longer than this, for all of Leadline stands still meanwhile; what is left goes with the next trimming. */
const TRIM_FOR_MS = 25;

const TRIM = `DELETE FROM _stream_records WHERE id IN (
  SELECT id FROM _stream_records
  WHERE table_name = ?1 AND CAST(sequence_number AS INTEGER) <= CAST(?2 AS INTEGER)
    AND CAST(sequence_number AS INTEGER) < (SELECT MAX(CAST(sequence_number AS INTEGER)) FROM _stream_records WHERE table_name = ?1)
  ORDER BY CAST(sequence_number AS INTEGER) LIMIT ${TRIM_AT_ONCE})`;

/**
 * Opens the table in which the engine (dynoxide 1.2.1) keeps stream records. It looks for the newest one at each write without an index, so
 * writes become slower with each record, and it never drops any, where AWS drops them after 24 hours.
 * This reaches into a schema that is the engine's own and may change with its version: when something is not as expected, the engine still
 * works, only slower and bigger, so nothing here fails.
 */
export function openStreamRecords(databaseFile: string): StreamRecords {
  let database: DatabaseSync | undefined;
  const attempt = <T>(otherwise: T, action: (database: DatabaseSync) => T): T => {
    try {
      if (database === undefined) {
        database = new DatabaseSync(databaseFile);
        // Checkpoints, which wait for the disk, are left to the engine; losing a deletion of consumed records in a power cut costs nothing.
        database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
      }
      return action(database);
    } catch {
      return otherwise;
    }
  };
  return {
    prepare: () =>
      attempt(false, (open) => {
        open.exec('PRAGMA busy_timeout = 5000');
        for (const index of INDEXES) {
          open.exec(index);
        }
        return true;
      }),
    trim: (tableName, upTo) =>
      attempt(0, (open) => {
        open.exec('PRAGMA busy_timeout = 20');
        const statement = open.prepare(TRIM);
        const started = performance.now();
        let dropped = 0;
        for (let last = TRIM_AT_ONCE; last === TRIM_AT_ONCE && performance.now() - started < TRIM_FOR_MS; dropped += last) {
          last = Number(statement.run(tableName, upTo).changes);
        }
        return dropped;
      }),
    close: () => {
      database?.close();
      database = undefined;
    },
  };
}
