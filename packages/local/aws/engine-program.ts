import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, parse } from 'node:path';

const VERSION = '1.2.1';

/** A command that runs the engine: program and first arguments. */
export type EngineProgram = readonly [program: string, ...args: string[]];

/** The packaged binary for this machine, looked up as Node.js does: in the nearest `node_modules` and those above. */
function packagedBinary(from: string): string | undefined {
  const file = process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide';
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', '@dynoxide', `${process.platform}-${process.arch}`, file);
    if (existsSync(candidate)) {
      return candidate;
    }
    if (directory === parse(directory).root) {
      return undefined;
    }
  }
}

/**
 * Finds the DynamoDB-compatible engine (dynoxide): the packaged binary, else one that npx can fetch.
 * @throws Error saying what to install, when neither is there.
 */
export function findEngineProgram(): EngineProgram {
  const packaged = packagedBinary(import.meta.dirname);
  if (packaged !== undefined) {
    return [packaged];
  }
  const npx: EngineProgram = ['npx', '--yes', `dynoxide@${VERSION}`];
  const [program, ...args] = npx;
  const probe = spawnSync(program, [...args, '--version'], { stdio: 'ignore', timeout: 120_000, shell: process.platform === 'win32' });
  if (probe.status === 0) {
    return npx;
  }
  throw new Error(
    `Leadline needs a DynamoDB-compatible engine, and there is no packaged one for ${process.platform}-${process.arch}. ` +
      `Install dynoxide ${VERSION} (https://github.com/nubo-db/dynoxide) so that "npx dynoxide@${VERSION}" runs, ` +
      'or start another engine (DynamoDB Local, say) and set LEADLINE_DYNAMODB_ENDPOINT to its URL.',
  );
}
