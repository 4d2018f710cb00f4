import * as z from 'zod';
import type { ZodMiniType } from 'zod/mini';
import { FieldError, ProblemDetails } from './core/problems.ts';
import { Address, Money } from './core/values.ts';
import * as accounts from './resources/account.ts';
import * as deals from './resources/deal.ts';
import * as forms from './resources/form.ts';
import * as leads from './resources/lead.ts';
import * as platform from './resources/platform.ts';
import * as qualification from './resources/qualification.ts';

export type JsonSchema = { [member: string]: unknown };

const isSchema = (value: unknown): value is ZodMiniType => typeof value === 'object' && value !== null && '_zod' in value;

const registry = z.registry<{ id: string }>();
for (const [name, value] of Object.entries({
  Money,
  Address,
  ProblemDetails,
  FieldError,
  ...accounts,
  ...deals,
  ...forms,
  ...leads,
  ...platform,
  ...qualification,
})) {
  if (isSchema(value)) registry.add(value, { id: name });
}

const isObject = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The same schema with every reference renamed. */
const renameReferences = (value: unknown, rename: (name: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((entry) => renameReferences(entry, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, entry]) =>
      member === '$ref' && typeof entry === 'string'
        ? [member, rename(entry.replace('#/$defs/', ''))]
        : [member, renameReferences(entry, rename)],
    ),
  );
};

/**
 * Turns the contract's schemas into JSON Schema (2020-12) and collects the named ones, so that a document says each of them once.
 * What a resource looks like written and read differs (defaults are optional when written): a second form of a name gets the suffix `Write`.
 */
export class SchemaCollection {
  readonly schemas: Record<string, JsonSchema> = {};
  readonly #prefix: string;

  /** `prefix` is where the document keeps its schemas, `#/components/schemas/`. */
  constructor(prefix = '#/components/schemas/') {
    this.#prefix = prefix;
  }

  /** A schema for `io`: what is read (`output`) or what may be written (`input`). Named schemas become references. */
  of(schema: ZodMiniType, io: 'input' | 'output'): JsonSchema {
    const name = registry.get(schema)?.id;
    // A named schema converted on its own is not put under $defs; inside an array it is.
    const converted: JsonSchema = {
      ...z.toJSONSchema(name === undefined ? schema : z.array(schema), { metadata: registry, io, unrepresentable: 'any' }),
    };
    const { $defs, $schema: _dialect, ...rest } = converted;
    const definitions = isObject($defs) ? $defs : {};
    const names = new Map(Object.entries(definitions).map(([key, definition]) => [key, this.#nameFor(key, definition, definitions)]));
    const rename = (key: string): string => `${this.#prefix}${names.get(key) ?? key}`;
    for (const [key, definition] of Object.entries(definitions)) {
      const renamed = renameReferences(definition, rename);
      if (isObject(renamed)) {
        const { id: _id, ...body } = renamed;
        this.schemas[names.get(key) ?? key] = body;
      }
    }
    const whole = renameReferences(name === undefined ? rest : rest.items, rename);
    return isObject(whole) ? whole : {};
  }

  /** The form of a schema that RFC 7396 lays over a resource: every member optional, `null` clears it. */
  mergePatchOf(schema: ZodMiniType): JsonSchema {
    const { $ref } = this.of(schema, 'input');
    const target = typeof $ref === 'string' ? this.schemas[$ref.replace(this.#prefix, '')] : this.of(schema, 'input');
    return patched(target ?? {});
  }

  #nameFor(key: string, definition: unknown, all: JsonSchema): string {
    const body = (name: string) =>
      JSON.stringify(withoutId(renameReferences(definition, (other) => `${this.#prefix}${other in all ? other : name}`)));
    const standing = this.schemas[key];
    if (standing === undefined) return key;
    const plain = (text: string) => text.replaceAll('Write"', '"');
    return plain(JSON.stringify(standing)) === plain(body(key)) ? key : `${key}Write`;
  }
}

const withoutId = (value: unknown): unknown => {
  if (!isObject(value)) return value;
  const { id: _id, ...rest } = value;
  return rest;
};

const patched = (schema: JsonSchema): JsonSchema => {
  const properties = schema.properties;
  if (schema.type !== 'object' || !isObject(properties)) return schema;
  const { required: _required, default: _default, ...rest } = schema;
  return {
    ...rest,
    properties: Object.fromEntries(
      Object.entries(properties).map(([name, property]) => {
        const { default: _unset, ...written } = isObject(property) ? property : {};
        return [name, { anyOf: [patched(written), { type: 'null' }] }];
      }),
    ),
  };
};
