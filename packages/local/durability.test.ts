import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { object, parseJson, text } from './json.ts';
import { writeTestApp } from './testing/app.ts';
import type { FixtureAssembly } from './testing/fixture-assembly.ts';

const program = fileURLToPath(new URL('./testing/run-app.ts', import.meta.url));

describe('a runtime that is killed', () => {
  let assembly: FixtureAssembly;
  let data: string;
  const children = new Set<ChildProcess>();

  beforeAll(() => {
    assembly = writeTestApp();
    data = mkdtempSync(join(tmpdir(), 'leadline-durability-'));
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    assembly.remove();
    rmSync(data, { recursive: true, force: true });
  });

  const start = async (): Promise<{ readonly url: string; readonly dead: number; kill(signal: NodeJS.Signals): Promise<void> }> => {
    const child = spawn(process.execPath, [program, assembly.directory, data], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.add(child);
    child.stdout.setEncoding('utf8');
    let said = '';
    for await (const chunk of child.stdout) {
      said += chunk;
      if (said.includes('\n')) break;
    }
    const started = object(parseJson(said));
    return {
      url: text(started.url) ?? '',
      dead: Number(started.dead),
      kill: async (signal) => {
        const gone = once(child, 'exit');
        child.kill(signal);
        await gone;
        children.delete(child);
      },
    };
  };

  it('loses nothing that it accepted, and does not count the attempt that the kill cut short', { timeout: 60_000 }, async () => {
    const accepted: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const running = await start();
      // One message hangs in its function at every kill: were attempts counted, it would be a dead letter after the second.
      if (round === 0) await fetch(`${running.url}/items/slow`, { method: 'POST' });
      let stop = false;
      const writers = [0, 1, 2, 3].map(async (writer) => {
        for (let n = 0; !stop; n += 1) {
          const id = `${round}-${writer}-${n}`;
          const answer = await fetch(`${running.url}/items/${id}`, { method: 'POST' }).catch(() => undefined);
          if (answer?.status === 202) accepted.push(id);
          else return;
          if (accepted.length > 40 * (round + 1)) stop = true;
        }
      });
      await Promise.race(writers);
      await running.kill('SIGKILL');
      stop = true;
      await Promise.all(writers);
    }
    const running = await start();
    expect(running.dead).toBe(0);
    const missing = async (): Promise<readonly string[]> => {
      const statuses = await Promise.all(accepted.map(async (id) => (await fetch(`${running.url}/items/${id}`)).status));
      return accepted.filter((_, index) => statuses[index] !== 200);
    };
    await expect.poll(missing, { timeout: 30_000, interval: 100 }).toEqual([]);
    await running.kill('SIGTERM');
  });
});
