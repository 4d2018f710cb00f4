import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { licencesIn, readBom, refusedIn } from './licences.ts';

// `npm run audit:security`, or `npm run audit:security -- licences fuzz` for some of it. All of it works offline.
const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = (name: string): string => join(root, 'node_modules', '.bin', name);

interface Finding {
  readonly ok: boolean;
  readonly said: string;
}

/** Runs a program; what it said when it failed. */
const run = async (program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finding> => {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd: root,
      env: { ...process.env, ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return { ok: true, said: stdout };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { ok: false, said: `${stdout}${stderr}`.trim().slice(-6_000) };
  }
};

/** cdk-nag and CloudFormation's own rules, which fail a synthesis with a finding that has no reason. */
const nag = async (): Promise<Finding> => {
  const output = await mkdtemp(join(tmpdir(), 'leadline-audit-'));
  try {
    for (const stage of ['dev', 'prod']) {
      const { ok, said } = await run(bin('cdk'), ['synth', '-q', '-c', `stage=${stage}`, '-o', join(output, stage)]);
      if (!ok) return { ok, said: `stage ${stage}: ${said}` };
    }
    return { ok: true, said: 'stages dev and prod: no finding without a reason' };
  } finally {
    await rm(output, { recursive: true, force: true });
  }
};

const bomFile = join(root, '.build', 'sbom.cdx.json');

/** The bill of materials of all that is installed, and whether each licence in it is one that we may use. */
const licences = async (): Promise<Finding> => {
  const { ok, said } = await run('npm', ['sbom', '--sbom-format', 'cyclonedx']);
  if (!ok) return { ok, said };
  await mkdir(join(root, '.build'), { recursive: true });
  await writeFile(bomFile, said);
  const bom = readBom(said);
  const refused = refusedIn(bom);
  if (refused.length > 0) return { ok: false, said: `not allowed: ${refused.join(', ')}` };
  return { ok: true, said: `${bom.components.length} packages (${licencesIn(bom)}); CycloneDX ${bom.specVersion} in .build/sbom.cdx.json` };
};

const tests = async (file: string, env: Readonly<Record<string, string>> = {}): Promise<Finding> =>
  run(bin('vitest'), ['run', '--config', 'test/vitest.config.ts', '--project', 'product', file], { NO_COLOR: '1', ...env });

const fuzz = async (): Promise<Finding> => {
  const { ok, said } = await tests('test/flow/fuzz.test.ts', { FUZZ_SEED: process.env.FUZZ_SEED ?? String(randomInt(1_000_000_000)) });
  return ok ? { ok, said: /^fuzz: (.*)$/m.exec(said)?.[1] ?? 'done' } : { ok, said };
};

const canary = async (): Promise<Finding> => {
  const { ok, said } = await tests('test/flow/canary.test.ts');
  return ok ? { ok, said: 'logs, metrics, console and refusals tell nothing of a person and no secret' } : { ok, said };
};

const parts: Readonly<Record<string, readonly [string, () => Promise<Finding>]>> = {
  nag: ['Infrastructure (cdk-nag)', nag],
  licences: ['Licences and bill of materials', licences],
  fuzz: ['Hostile requests', fuzz],
  canary: ['Canaries in what is written', canary],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  process.stderr.write(`audit: ${unknown.join(', ')}? There is ${Object.keys(parts).join(', ')}.\n`);
  process.exit(2);
}
let failed = 0;
for (const [name, [title, look]] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const { ok, said } = await look();
  if (!ok) failed += 1;
  process.stdout.write(`${ok ? 'passed' : 'FAILED'}  ${title}\n        ${said.replaceAll('\n', '\n        ')}\n`);
}
process.stdout.write(failed === 0 ? '\nNothing found.\n' : `\n${failed} failed.\n`);
process.exit(failed === 0 ? 0 : 1);
