import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { IN_MEMORY } from './aws/data-directory.ts';

/**
 * Opens what the local runtime itself must remember over a restart: queues, stream positions, last fires of schedules.
 * A process that is killed loses nothing of it; the machine losing power may cost the last moments (WAL, synchronous NORMAL), after which
 * the stream is read again from the last kept position.
 */
export const openStore = (dataDirectory: string): DatabaseSync => {
  const database = new DatabaseSync(dataDirectory === IN_MEMORY ? IN_MEMORY : join(dataDirectory, 'runtime.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000');
  return database;
};

/** Runs the work in one transaction: all of it is durable when this returns, or none if it throws. Within another, it is part of that one. */
export const inTransaction = <T>(database: DatabaseSync, work: () => T): T => {
  if (database.isTransaction) return work();
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
};
