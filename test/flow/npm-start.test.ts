import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';

const answers = (url: string): Promise<boolean> =>
  fetch(`${url}/health`).then(
    () => true,
    () => false,
  );

test.each(['SIGTERM', 'SIGINT'] as const)('stops within 5 s when the npm that started it, and nobody else, gets %s', async (signal) => {
  const npm = spawn('npm', ['start'], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, PORT: '0', LEADLINE_AWS_PORT: '0', LEADLINE_DATA: ':memory:' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void npm.kill('SIGTERM'));
  let url = '';
  for await (const line of createInterface({ input: npm.stdout })) {
    url = /^Leadline is ready: (\S+)/.exec(line)?.[1] ?? '';
    if (url !== '') break;
  }
  expect(await answers(url)).toBe(true);
  npm.kill(signal);
  await expect.poll(() => answers(url), { timeout: 5_000, interval: 50 }).toBe(false);
});
