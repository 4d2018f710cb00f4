import { fileURLToPath } from 'node:url';
import { parse } from '@swc/core';
import { build } from 'esbuild';
import { serviceNames } from '#contracts/core/event.ts';
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

const owned = new RegExp(`^(?:${serviceNames.join('|')})#`);

interface Node {
  readonly type: string;
  readonly value?: unknown;
  readonly callee?: Node;
  readonly arguments?: readonly { readonly expression: Node }[];
  readonly quasis?: readonly { readonly cooked?: string }[];
}

const isNode = (value: unknown): value is Node & Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

const literalOf = (node: Node | undefined): string | undefined =>
  node?.type === 'StringLiteral' && typeof node.value === 'string' ? node.value : undefined;

/** `partition(owner, kind, …)` as the key's beginning; an owner that the code is given is the function's own service. */
const keyOfCall = (service: string, [owner, kind, ...rest]: readonly Node[]): string => {
  const prefix = `${literalOf(owner) ?? service}#${literalOf(kind) ?? ''}`;
  return rest.length > 0 && literalOf(kind) !== undefined ? `${prefix}#` : prefix;
};

const keyBuilder = /^partition\d*$/;

/**
 * The beginnings of all partition keys that a function's code can form, in table and indexes: found in the code itself, where each key is
 * either made by `partition` or begins as a text with its owner. A text that ends in `*` is a declaration's pattern.
 */
export const keysOf = async (appFunction: AppFunction): Promise<ReadonlySet<string>> => {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) look(one);
    if (!isNode(value)) {
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) for (const member of Object.values(value)) look(member);
      return;
    }
    const callee =
      value.type === 'CallExpression' && isNode(value.callee) && value.callee.type === 'Identifier' ? value.callee.value : undefined;
    if (typeof callee === 'string' && keyBuilder.test(callee))
      found.add(
        keyOfCall(
          appFunction.service,
          (value.arguments ?? []).map(({ expression }) => expression),
        ),
      );
    const text = literalOf(value) ?? (value.type === 'TemplateLiteral' ? value.quasis?.[0]?.cooked : undefined);
    if (text !== undefined && owned.test(text) && !text.endsWith('*')) found.add(text);
    for (const member of Object.values(value)) if (typeof member === 'object') look(member);
  };
  look(await parse(await codeOf(appFunction), { syntax: 'ecmascript', target: 'es2024' }));
  return found;
};

/** Keys that begin so: what a shard or a record's id would follow it with, and itself where it is whole. */
export const examplesOf = (beginning: string): readonly string[] =>
  beginning.endsWith('#') ? [`${beginning}0`, `${beginning}lead_01ARZ3NDEKTSV4RRFFQ69G5FAV`] : [beginning, `${beginning}#0`];
