import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** The value of the data directory that keeps nothing. */
export const IN_MEMORY = ':memory:';

/** A directory that this process alone uses, until `release`. */
export interface HeldDirectory {
  /** Absolute, symbolic links resolved. */
  readonly path: string;
  /** Gives the lock back, and removes the directory if it was a temporary one. */
  release(): void;
}

function temporaryRoot(): string {
  try {
    return statSync('/dev/shm').isDirectory() ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

const TEMPORARY = /^leadline-(\d+)-\w+$/;

/** Temporary directories are named by process id, so that those of killed processes can be told and removed. */
function makeTemporary(): string {
  const root = temporaryRoot();
  for (const name of readdirSync(root)) {
    const pid = TEMPORARY.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      rmSync(join(root, name), { recursive: true, force: true });
    }
  }
  return realpathSync(mkdtempSync(join(root, `leadline-${process.pid}-`)));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** A lock that the operating system itself takes back when its holder dies, however it dies: an open SQLite transaction. */
function lock(path: string): () => void {
  const holderFile = join(path, 'leadline.pid');
  const database = new DatabaseSync(join(path, 'leadline.lock'));
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      let holder = '';
      try {
        holder = ` (process ${readFileSync(holderFile, 'utf8').trim()})`;
      } catch {
        // The holder's id is a courtesy.
      }
      throw new Error(`Another Leadline${holder} is using ${path}. Stop it, or set LEADLINE_DATA to another directory.`);
    }
    throw error;
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  return () => {
    rmSync(holderFile, { force: true });
    database.close();
  };
}

/**
 * Takes a data directory for this process, making it if need be; `:memory:` is a temporary directory, in memory where the system has such.
 * @throws Error when another Leadline uses it, or it cannot be made.
 */
export function holdDirectory(dataDirectory: string): HeldDirectory {
  if (dataDirectory === IN_MEMORY) {
    const path = makeTemporary();
    return { path, release: () => rmSync(path, { recursive: true, force: true }) };
  }
  mkdirSync(dataDirectory, { recursive: true });
  const path = realpathSync(dataDirectory);
  return { path, release: lock(path) };
}
