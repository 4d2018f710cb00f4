// Runs main.ts on Node.js 24, the version that Lambda runs: the one that npm installed beside us, or else this one. Understood by Node >= 20.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// npm runs a script in a shell, which passes no signal on and outlives SIGINT; so the script says exec (a Windows shell knows none and goes on behind ||).
// Where that was no use, or npm was killed, the parent's end says that we were meant.
const parent = process.ppid;
if (process.env.npm_lifecycle_event === 'start') {
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 200);
  watch.unref();
}

const here = dirname(fileURLToPath(import.meta.url));
const packaged = join(here, '../../node_modules/.bin', process.platform === 'win32' ? 'node.exe' : 'node');
const major = Number(process.versions.node.split('.')[0]);

if (major === 24 || (major > 24 && !existsSync(packaged))) {
  await import('./main.ts');
} else if (existsSync(packaged)) {
  // Half the memory of the main thread (see the start script). Over the channel the child learns of this process's end, however it ends.
  const child = spawn(packaged, ['--max-semi-space-size=4', join(here, 'main.ts')], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  // Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));
  child.on('error', (error) => {
    process.stderr.write(`${packaged} does not run: ${error.message}\n`);
    process.exit(1);
  });
} else {
  process.stderr.write(
    `Leadline needs Node.js 24 (this is ${process.versions.node}) and none is packaged for ${process.platform}-${process.arch}.\n` +
      'Install Node.js 24 from https://nodejs.org (or with your version manager), then run npm ci && npm start again.\n',
  );
  process.exit(1);
}
