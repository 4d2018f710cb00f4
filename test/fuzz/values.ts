import fc from 'fast-check';
import { resolved, type Schema } from './document.ts';

/** Ids of records that exist, by their prefix. */
export type Pools = Readonly<Record<string, readonly string[]>>;

const emails = ['ada@analytical.example', 'grace@navy.example', 'x+y@sub.domain.example', 'new.person@fresh.example'];
const countries = ['DE', 'GB', 'US', 'JP'];
const currencies = ['EUR', 'JPY', 'KWD', 'USD'];

const patternedText = (pattern: string, pools: Pools): fc.Arbitrary<string> => {
  const prefix = /^\^([a-z]+)_\[0-7\]/.exec(pattern)?.[1];
  if (prefix !== undefined) {
    const pool = pools[prefix] ?? [];
    const random = fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/).map((ulid) => `${prefix}_${ulid}`);
    return pool.length === 0 ? random : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...pool) }, { weight: 1, arbitrary: random });
  }
  if (pattern.includes('@')) return fc.constantFrom(...emails);
  if (pattern === '^[A-Z]{2}$') return fc.constantFrom(...countries);
  if (pattern === '^[A-Z]{3}$') return fc.constantFrom(...currencies);
  if (pattern.startsWith('^\\d{4}-\\d\\d')) {
    const date = fc.date({ min: new Date('2024-01-01'), max: new Date('2028-12-31'), noInvalidDate: true }).map((at) => at.toISOString());
    return date.map((text) => (pattern.includes('T\\d\\d') ? text : text.slice(0, 10)));
  }
  if (pattern.includes('(0[1-9]|1[0-2])')) return fc.integer({ min: 1, max: 12 }).map((month) => `2026-${String(month).padStart(2, '0')}`);
  return fc.stringMatching(new RegExp(pattern, 'u'));
};

const textOf = (schema: Schema, pools: Pools): fc.Arbitrary<string> => {
  if (typeof schema.pattern === 'string') return patternedText(schema.pattern, pools);
  const minLength = typeof schema.minLength === 'number' ? schema.minLength : 0;
  const maxLength = Math.min(typeof schema.maxLength === 'number' ? schema.maxLength : 20, 20);
  return fc.oneof(fc.string({ minLength, maxLength }), fc.string({ unit: 'grapheme', minLength, maxLength }));
};

const numberOf = (schema: Schema): fc.Arbitrary<number> => {
  const least = typeof schema.minimum === 'number' ? schema.minimum : -1000;
  const most = typeof schema.maximum === 'number' ? schema.maximum : 1_000_000;
  const min = Math.max(least, -1_000_000);
  const max = Math.min(most, 1_000_000);
  const whole = fc.integer({ min: Math.ceil(min), max: Math.floor(max) });
  return schema.type === 'integer'
    ? whole
    : fc.oneof(
        whole,
        whole.map((value) => Math.min(max, value + 0.25)),
      );
};

const deepest = 4;

const objectOf = (schema: Schema, pools: Pools, depth: number): fc.Arbitrary<unknown> => {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const required = new Set((schema.required ?? []) as string[]);
  const shown = depth >= deepest ? properties.filter(([name]) => required.has(name)) : properties;
  const known = fc.record(Object.fromEntries(shown.map(([name, property]) => [name, anyOfSchema(property, pools, depth + 1)])), {
    requiredKeys: shown.map(([name]) => name).filter((name) => required.has(name)),
  });
  if (typeof schema.additionalProperties !== 'object' || schema.additionalProperties === null) return known;
  const free = fc.dictionary(
    fc.string({ minLength: 1, maxLength: 8 }),
    anyOfSchema(schema.additionalProperties as Schema, pools, depth + 1),
    {
      maxKeys: 3,
    },
  );
  return fc.tuple(free, known).map(([other, own]) => ({ ...other, ...own }));
};

/** Values that a schema of the document allows, near enough: refinements that JSON Schema does not say are left to chance. */
export const anyOfSchema = (given: Schema, pools: Pools, depth = 0): fc.Arbitrary<unknown> => {
  const schema = resolved(given);
  const { anyOf, enum: members, type } = schema;
  if (Array.isArray(members)) return fc.constantFrom(...members);
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(anyOf)) {
    const branches = anyOf as Schema[];
    return fc.oneof(...(depth >= deepest ? branches.slice(0, 1) : branches).map((branch) => anyOfSchema(branch, pools, depth + 1)));
  }
  if (type === 'string') return textOf(schema, pools);
  if (type === 'integer' || type === 'number') return numberOf(schema);
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'array') {
    const minLength = typeof schema.minItems === 'number' ? schema.minItems : 0;
    const items = anyOfSchema((schema.items ?? {}) as Schema, pools, depth + 1);
    return fc.array(items, { minLength, maxLength: Math.max(minLength, depth >= deepest ? 0 : 3) });
  }
  if (type === 'object') return objectOf(schema, pools, depth);
  return fc.oneof(fc.string({ maxLength: 8 }), fc.integer(), fc.boolean());
};
