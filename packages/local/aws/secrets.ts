import { randomInt, randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IN_MEMORY } from './data-directory.ts';
import { isObject, parseJson, textAt } from './json.ts';
import type { GenerateSecretString, SecretDefinition, SecretStore, StoredSecret } from './types.ts';

const FILE = 'secrets.json';

const CLASSES: readonly (readonly [keyof GenerateSecretString, string])[] = [
  ['ExcludeLowercase', 'abcdefghijklmnopqrstuvwxyz'],
  ['ExcludeUppercase', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ['ExcludeNumbers', '0123456789'],
  ['ExcludePunctuation', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
];

function pick(characters: string): string {
  return characters[randomInt(characters.length)] ?? '';
}

/** A random password under CloudFormation's `GenerateSecretString`, or the template's JSON with it inside. */
export function generateSecret(rules: GenerateSecretString): string {
  const excluded = new Set(rules.ExcludeCharacters ?? '');
  const classes = CLASSES.filter(([option]) => rules[option] !== true).map(([, characters]) => characters);
  if (rules.IncludeSpace === true) {
    classes.push(' ');
  }
  const usable = classes
    .map((characters) => [...characters].filter((character) => !excluded.has(character)).join(''))
    .filter((characters) => characters !== '');
  if (usable.length === 0) {
    throw new Error('GenerateSecretString excludes every character');
  }
  const length = rules.PasswordLength ?? 32;
  const all = usable.join('');
  const characters = Array.from({ length }, () => pick(all));
  if (rules.RequireEachIncludedType !== false) {
    // One of each class, at places of their own.
    const places = characters.map((_, index) => index);
    for (const required of usable.slice(0, length)) {
      const [place = 0] = places.splice(randomInt(places.length), 1);
      characters[place] = pick(required);
    }
  }
  const password = characters.join('');
  if (rules.SecretStringTemplate === undefined || rules.GenerateStringKey === undefined) {
    return password;
  }
  const template = parseJson(rules.SecretStringTemplate);
  if (!isObject(template)) {
    throw new Error('SecretStringTemplate of GenerateSecretString is no JSON object');
  }
  return JSON.stringify({ ...template, [rules.GenerateStringKey]: password });
}

function readKept(file: string): Map<string, StoredSecret> {
  const kept = new Map<string, StoredSecret>();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return kept;
  }
  const content = parseJson(text);
  if (!isObject(content)) {
    throw new Error(`${file} is damaged: put it back from a copy, or remove it and all keys made with it become invalid`);
  }
  for (const [name, entry] of Object.entries(content)) {
    const value = textAt(entry, 'value');
    const versionId = textAt(entry, 'versionId');
    if (value !== undefined && versionId !== undefined && isObject(entry)) {
      kept.set(name, { arn: '', name, description: undefined, value, versionId, createdAt: Number(entry.createdAt) });
    }
  }
  return kept;
}

/** Written beside and renamed, so that a kill leaves the old file or the new one, and readable by its owner alone. */
function writeKept(file: string, secrets: Iterable<StoredSecret>): void {
  const content = Object.fromEntries([...secrets].map(({ name, value, versionId, createdAt }) => [name, { value, versionId, createdAt }]));
  const beside = `${file}.new`;
  writeFileSync(beside, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
  chmodSync(beside, 0o600);
  renameSync(beside, file);
}

/**
 * The template's secrets. A generated value is made once and kept in the data directory (`secrets.json`, mode 0600), so that what was signed
 * with it stays valid; with `:memory:` it lives as long as the process.
 * @throws Error when the file is damaged or cannot be written.
 */
export function openSecrets(dataDirectory: string, definitions: readonly SecretDefinition[]): SecretStore {
  const file = dataDirectory === IN_MEMORY ? undefined : join(dataDirectory, FILE);
  const kept = file === undefined ? new Map<string, StoredSecret>() : readKept(file);
  const known = new Set(kept.keys());
  const found = new Map<string, StoredSecret>();
  for (const { arn, name, description, generate, value } of definitions) {
    const old = kept.get(name);
    const current =
      old !== undefined && (value === undefined || value === old.value)
        ? { ...old, arn, description }
        : { arn, name, description, value: value ?? generateSecret(generate ?? {}), versionId: randomUUID(), createdAt: Date.now() };
    kept.set(name, current);
    found.set(name, current);
    found.set(arn, current);
    // AWS adds six random characters to a secret's ARN, and finds it without them too.
    found.set(arn.replace(/-\w{6}$/, ''), current);
  }
  if (
    file !== undefined &&
    [...kept].some(
      ([name]) => !known.has(name) || definitions.some((definition) => definition.name === name && definition.value !== undefined),
    )
  ) {
    mkdirSync(dataDirectory, { recursive: true });
    writeKept(file, kept.values());
  }
  return { get: (id) => found.get(id) };
}
