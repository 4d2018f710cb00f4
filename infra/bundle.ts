import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { AppFunction } from './functions.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const defaultDirectory = join(root, '.build', 'functions');

/** Bundles above this are refused: what is loaded at a cold start is what people wait for. */
export const maxBundleBytes = 450 * 1024;

// Dynamic imports of the SDK's default credential chain that Lambda never reaches, since it gives credentials in the environment. Left out, a function
// loads 20 ms faster (design/toolchain.md, section 4).
const unusedCredentialProviders = [
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-http',
  '@smithy/credential-provider-imds',
  '@aws-sdk/nested-clients/*',
  'bowser',
];

/** Files that go beside the code of a function, by function and file name. */
export type Extras = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Bundles {
  /** Folder with `index.mjs` of a function. */
  readonly of: (functionName: string) => string;
  /** Bytes of `index.mjs` by function. */
  readonly sizes: ReadonlyMap<string, number>;
}

export interface BundleOptions {
  readonly functions: readonly AppFunction[];
  readonly extras?: Extras;
  /** Where the bundles go, one folder each; `.build/functions` unless told. */
  readonly directory?: string;
  /** Where sources are named from; the repository unless told. */
  readonly from?: string;
}

/**
 * Bundles all functions with one esbuild call. The same sources give the same bytes; files that already hold them are left alone, so that two of these may
 * run at once and what watches the folder sees changes only.
 * @throws Error for sources that do not bundle and for a bundle above {@link maxBundleBytes}.
 */
export const bundleFunctions = async (options: BundleOptions): Promise<Bundles> => {
  const { functions, extras = {}, directory = defaultDirectory, from = root } = options;
  const result = await build({
    entryPoints: Object.fromEntries(functions.map(({ name, source }) => [`${name}/index`, join(from, source)])),
    absWorkingDir: root,
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minify: true,
    mainFields: ['module', 'main'],
    external: unusedCredentialProviders,
    legalComments: 'none',
    logLevel: 'silent',
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
  });

  const outputs = new Map(result.outputFiles.map(({ path, contents }) => [path, contents]));
  const sizes = new Map<string, number>();
  for (const { name } of functions) {
    const bytes = outputs.get(join(directory, name, 'index.mjs'))?.byteLength ?? 0;
    if (bytes > maxBundleBytes) throw new Error(`The bundle of ${name} has ${bytes} bytes; ${maxBundleBytes} are allowed.`);
    sizes.set(name, bytes);
  }
  for (const [name, files] of Object.entries(extras)) {
    for (const [file, content] of Object.entries(files)) outputs.set(join(directory, name, file), Buffer.from(content));
  }
  await Promise.all([...outputs].map(([path, content]) => writeChanged(path, content)));
  await Promise.all(functions.map(({ name }) => removeOthers(join(directory, name), outputs)));
  return { of: (functionName) => join(directory, functionName), sizes };
};

const writeChanged = async (path: string, content: Uint8Array): Promise<void> => {
  const present = await readFile(path).catch(() => undefined);
  if (present && Buffer.compare(present, content) === 0) return;
  await mkdir(dirname(path), { recursive: true });
  // Beside the folder, not in it: a folder is an asset, and a reader must never see half a file.
  const temporary = `${dirname(path)}.${randomUUID()}.tmp`;
  await writeFile(temporary, content);
  await rename(temporary, path);
};

const removeOthers = async (folder: string, wanted: ReadonlyMap<string, unknown>): Promise<void> => {
  const names = await readdir(folder);
  await Promise.all(
    names.filter((name) => !wanted.has(join(folder, name))).map((name) => rm(join(folder, name), { recursive: true, force: true })),
  );
};
