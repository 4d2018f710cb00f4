import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { at, object, parseJson } from './json.ts';

/** The CDK app could not be synthesized; the message carries what it said. */
export class SynthesisError extends Error {
  override readonly name = 'SynthesisError';
}

/** Everything that the assembly is made of: whatever else changes, it stays as it is. */
const inputs = ['infra/**/*', 'services/**/*', 'packages/{contracts,table,runtime}/**/*', 'package.json', 'package-lock.json', 'cdk.json'];
const isInput = (path: string): boolean => !path.endsWith('.test.ts') && !path.endsWith('.md');
/** Of earlier assemblies that many are kept: another Leadline may still run one. */
const KEPT = 4;

const hashOfInputs = (root: string, stage: string): string => {
  const hash = createHash('sha256').update(`${stage}\0${process.versions.node}\0`);
  for (const path of globSync(inputs, { cwd: root }).filter(isInput).sort()) {
    const file = join(root, path);
    if (statSync(file).isFile()) hash.update(path).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 16);
};

const run = (root: string, output: string, stage: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const context = { ...object(at(parseJson(readFileSync(join(root, 'cdk.json'), 'utf8')), 'context')), stage };
    // As the CDK's command line does it, which takes two seconds longer.
    const child = spawn(process.execPath, ['infra/app.ts'], {
      cwd: root,
      env: { ...process.env, CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify(context) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        said = (said + chunk).slice(-8_000);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new SynthesisError(`infra/app.ts could not be synthesized (exit code ${code}):\n${said.trim()}`));
    });
  });

/**
 * The cloud assembly of a stage, synthesized from `<root>/infra/app.ts` unless nothing changed since the last time.
 * @returns its directory, under `<root>/.build/local/`
 * @throws {SynthesisError}
 */
export const synthesize = async (root: string, stage: string): Promise<{ readonly directory: string; readonly reused: boolean }> => {
  const home = join(root, '.build', 'local');
  const directory = join(home, `${stage}-${hashOfInputs(root, stage)}`);
  if (existsSync(join(directory, 'manifest.json'))) {
    const now = new Date();
    utimesSync(directory, now, now);
    return { directory, reused: true };
  }
  mkdirSync(home, { recursive: true });
  // Made beside and renamed, so that a directory of that name is always whole.
  const beside = `${directory}.${randomBytes(4).toString('hex')}.new`;
  try {
    await run(root, beside, stage);
    try {
      renameSync(beside, directory);
    } catch (error) {
      // Another process was first, with the same.
      if (!existsSync(join(directory, 'manifest.json'))) throw error;
    }
  } finally {
    rmSync(beside, { recursive: true, force: true });
  }
  const age = (name: string): number => Date.now() - statSync(join(home, name)).mtimeMs;
  const others = readdirSync(home).filter((name) => name.startsWith(`${stage}-`) && !name.endsWith('.new'));
  for (const name of others.sort((a, b) => age(a) - age(b)).slice(KEPT)) rmSync(join(home, name), { recursive: true, force: true });
  return { directory, reused: false };
};
