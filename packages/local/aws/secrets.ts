import { randomInt, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
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
    .map((characters) =>
      Array.from(characters)
        .filter((character) => !excluded.has(character))
        .join(''),
    )
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

/** What of a secret is kept: the rest is the template's. */
type Kept = Pick<StoredSecret, 'value' | 'versionId' | 'createdAt'>;

function readKept(file: string): Map<string, Kept> {
  const kept = new Map<string, Kept>();
  if (!existsSync(file)) {
    return kept;
  }
  const content = parseJson(readFileSync(file, 'utf8'));
  if (!isObject(content)) {
    throw new Error(`${file} is damaged: put it back from a copy, or remove it, and all that was signed with it becomes invalid`);
  }
  for (const [name, entry] of Object.entries(content)) {
    const value = textAt(entry, 'value');
    const versionId = textAt(entry, 'versionId');
    if (value !== undefined && versionId !== undefined && isObject(entry)) {
      kept.set(name, { value, versionId, createdAt: Number(entry.createdAt) });
    }
  }
  return kept;
}

/** Written beside and renamed, so that a kill leaves the old file or the new one, and readable by its owner alone. */
function writeKept(file: string, kept: ReadonlyMap<string, Kept>): void {
  mkdirSync(dirname(file), { recursive: true });
  const beside = `${file}.new`;
  rmSync(beside, { force: true });
  writeFileSync(beside, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(beside, file);
}

/**
 * The template's secrets. A generated value is made once and kept in the data directory (`secrets.json`, mode 0600), so that what was signed
 * with it stays valid; with `:memory:` it lives as long as the process.
 * @throws Error when the file is damaged or cannot be written.
 */
export function openSecrets(dataDirectory: string, definitions: readonly SecretDefinition[]): SecretStore {
  const file = dataDirectory === IN_MEMORY ? undefined : join(dataDirectory, FILE);
  const kept = file === undefined ? new Map<string, Kept>() : readKept(file);
  const found = new Map<string, StoredSecret>();
  let isNew = false;
  for (const { arn, name, description, generate, value } of definitions) {
    let current = value === undefined ? kept.get(name) : { value, versionId: randomUUID(), createdAt: Date.now() };
    if (current === undefined) {
      current = { value: generateSecret(generate ?? {}), versionId: randomUUID(), createdAt: Date.now() };
      kept.set(name, current);
      isNew = true;
    }
    const secret = { arn, name, description, ...current };
    found.set(name, secret);
    found.set(arn, secret);
    // AWS adds six random characters to a secret's ARN, and finds it without them too.
    found.set(arn.replace(/-\w{6}$/, ''), secret);
  }
  if (file !== undefined && isNew) {
    writeKept(file, kept);
  }
  return { get: (id) => found.get(id) };
}
