import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import type { AppFunction } from './functions.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const defaultDirectory = join(root, '.build', 'functions');

/** The most that a function may load when it starts: people wait for it. The reference page's function apart. */
export const maxLoadedBytes = 450 * 1024;

// Dynamic imports of the SDK's default credential chain that Lambda never reaches, since it gives credentials in the environment. Left out, a function
// loads 20 ms faster (design/toolchain.md, section 4).
const unreached = [
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-http',
  '@smithy/credential-provider-imds',
  '@aws-sdk/nested-clients/*',
  'bowser',
  // Reached by operations that stream events, of which DynamoDB, EventBridge and Secrets Manager have none.
  '@smithy/core/event-streams',
];

const substitutes: Plugin = {
  name: 'substitutes',
  setup: (bundler) => {
    // X-Ray's SDK asks semver only whether Node.js is new enough: 28 KB.
    bundler.onResolve({ filter: /^semver$/ }, () => ({ path: 'semver', namespace: 'substitute' }));
    bundler.onLoad({ filter: /.*/, namespace: 'substitute' }, () => ({
      contents: "module.exports = { gte: (a, b) => a.localeCompare(b, 'en', { numeric: true }) >= 0 }",
    }));
    // Parameters of AWS calls that traces may show: none of ours should, they hold personal data.
    bundler.onLoad({ filter: /aws_whitelist\.json$/ }, () => ({ contents: '{"services":{}}', loader: 'json' }));
  },
};

/** How a function is bundled; what is compared with a function is bundled so too. */
export const bundling = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  minify: true,
  mainFields: ['module', 'main'],
  external: unreached,
  plugins: [substitutes],
  legalComments: 'none',
  logLevel: 'silent',
  banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
} satisfies BuildOptions;

/** Files that go beside the code of a function, by function and file name. */
export type Extras = Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>;

/** Bytes of a function's code: what importing it loads, and with what it loads later, on first need. */
export interface BundleSize {
  readonly loaded: number;
  readonly whole: number;
}

export interface Bundles {
  /** Folder with `index.mjs` of a function. */
  readonly of: (functionName: string) => string;
  readonly sizes: ReadonlyMap<string, BundleSize>;
}

export interface BundleOptions {
  readonly functions: readonly AppFunction[];
  readonly extras?: Extras;
  /** Where the bundles go, one folder each, their sizes into `<directory>.json`; `.build/functions` unless told. */
  readonly directory?: string;
  /** Where sources are named from; the repository unless told. */
  readonly from?: string;
}

/**
 * Bundles each function into a folder of its own. What it imports dynamically stays a file of its own that is loaded on first need: the X-Ray SDK alone,
 * hoisted into the bundle, is a third of a cold start. Functions are bundled apart, because files that they share would be many small ones, each of which
 * costs a cold start half a millisecond. The same sources give the same bytes; files that already hold them are left alone, so that two of these may run at
 * once and what watches the folder sees changes only.
 * @throws Error for sources that do not bundle.
 */
export const bundleFunctions = async (options: BundleOptions): Promise<Bundles> => {
  const { functions, extras = {}, directory = defaultDirectory, from = root } = options;
  const sizes = new Map<string, BundleSize>();
  const files = new Map<string, Uint8Array>();
  const bundled = await Promise.all(functions.map(({ name, source }) => bundleFunction(join(directory, name), join(from, source))));
  for (const [index, { name }] of functions.entries()) {
    const bundle = bundled[index];
    if (!bundle) continue;
    sizes.set(name, bundle.size);
    for (const [path, content] of bundle.files) files.set(path, content);
  }
  for (const [name, beside] of Object.entries(extras)) {
    for (const [file, content] of Object.entries(beside))
      files.set(join(directory, name, file), typeof content === 'string' ? Buffer.from(content) : content);
  }
  files.set(`${directory}.json`, Buffer.from(JSON.stringify(Object.fromEntries(sizes), undefined, 2)));
  await Promise.all([...files].map(([path, content]) => writeChanged(path, content)));
  await Promise.all(functions.map(({ name }) => removeOthers(join(directory, name), files)));
  return { of: (functionName) => join(directory, functionName), sizes };
};

const bundleFunction = async (folder: string, source: string): Promise<{ files: Map<string, Uint8Array>; size: BundleSize }> => {
  const { outputFiles, metafile } = await build({
    ...bundling,
    entryPoints: { index: source },
    chunkNames: '[name]-[hash]',
    absWorkingDir: root,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    write: false,
    metafile: true,
  });
  const chunks = new Map(Object.entries(metafile.outputs).map(([path, output]) => [join(root, path), output]));
  const bytes = (paths: Iterable<string>) => [...paths].reduce((sum, path) => sum + (chunks.get(path)?.bytes ?? 0), 0);
  return {
    files: new Map(outputFiles.map(({ path, contents }) => [path, contents])),
    size: { loaded: bytes(loadedWith(chunks, join(folder, 'index.mjs'))), whole: bytes(chunks.keys()) },
  };
};

/** Output files that importing this one loads, itself among them. */
const loadedWith = (chunks: ReadonlyMap<string, Metafile['outputs'][string]>, entry: string): ReadonlySet<string> => {
  const found = new Set([entry]);
  for (const path of found) {
    for (const { path: imported, kind, external } of chunks.get(path)?.imports ?? []) {
      if (!external && kind === 'import-statement') found.add(join(root, imported));
    }
  }
  return found;
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
