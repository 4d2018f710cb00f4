import { fileURLToPath } from 'node:url';
import { parse } from '@swc/core';
import { build } from 'esbuild';
import { serviceNames } from '#contracts/core/event.ts';
import { usagePrefix } from '#table/keys.ts';
import type { AppFunction } from '../../infra/functions.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A function's own code, with what of the packages it uses and nothing that it does not. */
const codeOf = async ({ source }: AppFunction): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [`${root}/${source}`],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    treeShaking: true,
    logLevel: 'silent',
  });
  return outputFiles.map(({ text }) => text).join('\n');
};

const owned = new RegExp(`^(?:(?:${serviceNames.join('|')})#|${usagePrefix})`);

interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly id?: Node;
  readonly init?: Node;
  readonly params?: readonly Node[];
  readonly callee?: Node;
  readonly arguments?: readonly { readonly expression: Node }[];
  readonly quasis?: readonly { readonly cooked?: string }[];
  readonly expressions?: readonly Node[];
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** Every node of a tree, those above first. */
const nodesIn = function* (value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return;
  if (isNode(value)) yield value;
  for (const member of Object.values(value)) yield* nodesIn(member);
};

const literalOf = (node: Node | undefined): string | undefined =>
  node?.type === 'StringLiteral' && typeof node.value === 'string' ? node.value : undefined;
const nameOf = (node: Node | undefined): string | undefined =>
  node?.type === 'Identifier' && typeof node.value === 'string' ? node.value : undefined;

/** `#erasure#` of a template `${owner}#erasure#${id}`, whose owner the code is given; with that owner's name. */
const afterOwner = ({
  type,
  quasis = [],
  expressions = [],
}: Node): { readonly owner: string | undefined; readonly rest: string } | undefined => {
  const [first, second] = quasis;
  if (type !== 'TemplateLiteral' || first?.cooked !== '' || !/^#[a-z-]+(?:#|$)/.test(second?.cooked ?? '')) return undefined;
  return { owner: nameOf(expressions[0]), rest: second?.cooked ?? '' };
};

/** Functions that make a key of the owner they are given first, by name: what follows the owner. */
const buildersIn = (tree: readonly Node[]): ReadonlyMap<string, string> =>
  new Map(
    tree.flatMap(({ type, id, init }) => {
      const name = nameOf(id);
      const [owner] = (init?.params ?? []).map(nameOf);
      if (type !== 'VariableDeclarator' || name === undefined || owner === undefined) return [];
      const made = [...nodesIn(init)].map(afterOwner).find((key) => key?.owner === owner);
      return made === undefined ? [] : [[name, made.rest] as const];
    }),
  );

/** `partition(owner, kind, …)` as the key's beginning. */
const afterPartition = ([, kind, ...rest]: readonly Node[]): string => {
  const name = literalOf(kind);
  return name === undefined ? '#' : `#${name}${rest.length > 0 ? '#' : ''}`;
};

const isPartition = (name: string): boolean => /^partition\d*$/.test(name);

/** What a function's code can form. */
export interface Keys {
  /** Beginnings of partition keys, `intake#lead#`. */
  readonly keys: ReadonlySet<string>;
  /** What follows an owner that only the running code knows, `#erasure#`. */
  readonly ofAnyOwner: ReadonlySet<string>;
}

/**
 * The beginnings of all partition keys that a function's code can form, in table and indexes. They are found in the code itself, where a key is
 * made by `partition`, by a function that is given its owner, or begins as a text with it. An owner that is no word of the code is taken for the
 * function's own service, but may be another. (A text that ends in `*` is a declaration's pattern.)
 */
export const keysOf = async (appFunction: AppFunction): Promise<Keys> => {
  const tree = [...nodesIn(await parse(await codeOf(appFunction), { syntax: 'ecmascript', target: 'es2024' }))];
  const builders = buildersIn(tree);
  const keys = new Set<string>();
  const ofAnyOwner = new Set<string>();
  const add = (owner: string | undefined, rest: string): void => {
    if (owner === undefined) ofAnyOwner.add(rest);
    keys.add(`${owner ?? appFunction.service}${rest}`);
  };
  for (const node of tree) {
    const callee = node.type === 'CallExpression' ? nameOf(node.callee) : undefined;
    if (callee !== undefined) {
      const given = (node.arguments ?? []).map(({ expression }) => expression);
      const rest = isPartition(callee) ? afterPartition(given) : builders.get(callee);
      if (rest !== undefined) add(literalOf(given[0]), rest);
    }
    const text = literalOf(node) ?? (node.type === 'TemplateLiteral' ? node.quasis?.[0]?.cooked : undefined);
    if (text !== undefined && owned.test(text) && !text.endsWith('*')) keys.add(text);
    const key = afterOwner(node);
    if (key !== undefined) add(undefined, key.rest);
  }
  return { keys, ofAnyOwner };
};

/** Keys that begin so: what a shard or a record's id would follow it with, and itself where it is whole. */
export const examplesOf = (beginning: string): readonly string[] =>
  beginning.endsWith('#') ? [`${beginning}0`, `${beginning}lead_01ARZ3NDEKTSV4RRFFQ69G5FAV`] : [beginning, `${beginning}#0`];
