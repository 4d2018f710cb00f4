import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { at, isObject, type JsonObject, object, parseJson, text } from './json.ts';

/** One stack of a cloud assembly: its template, and where the assets lie that it names. */
export interface Stack {
  readonly name: string;
  readonly template: JsonObject;
  /** Directory or file by the object key the template gives (`<hash>.zip`). */
  readonly assets: ReadonlyMap<string, string>;
}

/** The assembly cannot be read: it is missing, of an unknown shape, or names a file that is not there. */
export class AssemblyError extends Error {
  override readonly name = 'AssemblyError';
}

const readJson = (file: string): JsonObject => {
  let found: unknown;
  try {
    found = parseJson(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new AssemblyError(`Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(found)) throw new AssemblyError(`${file} is not a JSON object`);
  return found;
};

const assetsOf = (directory: string, manifest: JsonObject): Map<string, string> => {
  const assets = new Map<string, string>();
  for (const entry of Object.values(object(manifest.files))) {
    const path = text(at(entry, 'source', 'path'));
    if (path === undefined) continue;
    for (const destination of Object.values(object(at(entry, 'destinations')))) {
      const key = text(at(destination, 'objectKey'));
      if (key !== undefined) assets.set(key, resolve(directory, path));
    }
  }
  return assets;
};

const readDirectory = (directory: string, stacks: Stack[]): void => {
  const artifacts = object(readJson(join(directory, 'manifest.json')).artifacts);
  for (const [id, artifact] of Object.entries(artifacts)) {
    const type = text(at(artifact, 'type'));
    if (type === 'cdk:cloud-assembly') {
      readDirectory(resolve(directory, text(at(artifact, 'properties', 'directoryName')) ?? ''), stacks);
    }
    if (type !== 'aws:cloudformation:stack') continue;
    const file = text(at(artifact, 'properties', 'templateFile'));
    if (file === undefined) throw new AssemblyError(`The assembly's stack ${id} names no template`);
    const assets = new Map<string, string>();
    for (const other of Object.values(artifacts)) {
      if (text(at(other, 'type')) !== 'cdk:asset-manifest') continue;
      const manifest = join(directory, text(at(other, 'properties', 'file')) ?? '');
      if (existsSync(manifest)) for (const [key, path] of assetsOf(directory, readJson(manifest))) assets.set(key, path);
    }
    stacks.push({ name: text(at(artifact, 'properties', 'stackName')) ?? id, template: readJson(join(directory, file)), assets });
  }
};

/**
 * The stacks of a synthesized cloud assembly (`cdk.out`), those of nested assemblies (CDK stages) too.
 * @throws {AssemblyError} when it cannot be read
 */
export const readAssembly = (directory: string): readonly Stack[] => {
  const stacks: Stack[] = [];
  readDirectory(resolve(directory), stacks);
  if (stacks.length === 0) throw new AssemblyError(`The assembly in ${directory} has no stack`);
  return stacks;
};
