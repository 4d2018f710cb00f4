import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

interface Process {
  readonly pid: number;
  readonly args: readonly string[];
}

function* linuxProcesses(): Generator<Process> {
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (Number.isInteger(pid)) {
      try {
        yield { pid, args: readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0') };
      } catch {
        // Gone meanwhile.
      }
    }
  }
}

function* otherProcesses(): Generator<Process> {
  for (const line of execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' }).split('\n')) {
    const [pid, ...args] = line.trim().split(/\s+/);
    yield { pid: Number(pid), args };
  }
}

function isEngineOn(databaseFile: string, { args }: Process): boolean {
  const option = args.indexOf('--db-path');
  const path = process.platform === 'linux' ? args[option + 1] : args.slice(option + 1).join(' ');
  return option > 0 && args.includes('serve') && args.some((arg) => arg.includes('dynoxide')) && path === databaseFile;
}

function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function isRunning(pid: number): boolean {
  if (process.platform === 'linux') {
    try {
      // A dead child that nobody has waited for still has an entry, but holds nothing any more.
      return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  }
  return kill(pid, 0);
}

/**
 * Ends engines that still hold the database though the Leadline that started them is gone: to be called with the directory's lock held, so
 * that an engine found cannot be anybody's. Normally there is none, for an engine notices its parent's death; this is for one that could not.
 * @returns how many were ended.
 */
export async function endOrphans(databaseFile: string): Promise<number> {
  if (process.platform === 'win32') {
    return 0;
  }
  const orphans = [...(process.platform === 'linux' ? linuxProcesses() : otherProcesses())].filter(
    (candidate) => candidate.pid !== process.pid && isEngineOn(databaseFile, candidate),
  );
  for (const { pid } of orphans) {
    kill(pid, 'SIGKILL');
  }
  for (const { pid } of orphans) {
    for (const deadline = Date.now() + 5_000; isRunning(pid) && Date.now() < deadline; ) {
      await delay(5);
    }
  }
  return orphans.length;
}
