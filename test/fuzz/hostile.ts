import fc from 'fast-check';

const nested = (levels: number): unknown => {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
};

/** Texts that something, somewhere, takes for more than text. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'bell\u0007',
  '\ud800',
  'a\udc00b',
  '\u202egnp.exe',
  '\u200b\u200d',
  `e${'\u0301'.repeat(600)}`,
  '\u{1F9D1}\u200D\u{1F680}'.repeat(80),
  '\ufeff',
  '\r\nx-injected: yes',
  'a\nb\rc',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'NaN',
  'true',
  '0',
  '-1',
  '1e309',
  '0x10',
  '<script>alert(1)</script>',
  "'; DROP TABLE leads; --",
  '#{7*7}{{7*7}}',
  '../../../../etc/passwd',
  '%00%2e%2e%2f',
  '#',
  'a#b#c',
  '=1+1',
  '@SUM(A1)',
  '2026-02-30',
  '2026-13-01T00:00:00.000Z',
  '0000-00-00',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '-000001-01-01',
  'javascript:alert(1)',
  'http://[::1]:80/%zz',
  'https://user:pass@host.example/',
  `${'a'.repeat(64)}@${'b'.repeat(63)}.example`,
  '"quoted"@example.com',
  'a@b',
  'ü@exämple.example',
  'İ@EXAMPLE.example',
  'x'.repeat(501),
  'x'.repeat(10_001),
  '𝕏'.repeat(500),
  'y'.repeat(70_000),
];

const hostileNumbers = [
  0,
  -0,
  -1,
  0.1 + 0.2,
  1.005,
  1e-7,
  1e-131,
  1e21,
  101,
  2 ** 31,
  2 ** 53,
  -(2 ** 53),
  Number.MAX_SAFE_INTEGER,
  Number.MAX_VALUE,
  Number.MIN_VALUE,
];

const hostileThings: readonly unknown[] = [
  null,
  true,
  [],
  {},
  [[]],
  [null],
  nested(19),
  nested(21),
  nested(400),
  Array.from({ length: 51 }, () => 'x'),
  Array.from({ length: 2_000 }, () => null),
  Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`key${index}`, index])),
  Object.fromEntries([['__proto__', { polluted: true }]]),
  { constructor: { prototype: { polluted: true } } },
  { toJSON: 1, toString: null, valueOf: 'x', length: 1e9 },
  { '': '' },
  { $ref: '#', $where: '1' },
];

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...hostileTexts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

/** A value that fits nowhere, or only just. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  { weight: 2, arbitrary: fc.constantFrom(...hostileNumbers) },
  { weight: 3, arbitrary: fc.constantFrom(...hostileThings) },
);

const hostileNames = [
  '__proto__',
  'constructor',
  'toString',
  'id',
  'version',
  'status',
  'score',
  'createdAt',
  '',
  'a/b~c',
  'Name',
  'n\u0000',
  '\ud800',
];

export interface Mutation {
  readonly kind: 'replace' | 'remove' | 'add' | 'repeat';
  /** Which of the value's places, in order, counted round and round. */
  readonly at: number;
  readonly value: unknown;
  readonly name: string;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'add', 'repeat'),
  at: fc.nat(40),
  value: hostileValue,
  name: fc.constantFrom(...hostileNames),
});

type Path = readonly (string | number)[];

const pathsOf = (value: unknown, path: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null || path.length > 6) return [path];
  const children = Array.isArray(value)
    ? value.map((child, index) => pathsOf(child, [...path, index]))
    : Object.entries(value).map(([name, child]) => pathsOf(child, [...path, name]));
  return [path, ...children.flat()];
};

const changedAt = (value: unknown, [step, ...rest]: Path, change: (old: unknown) => unknown): unknown => {
  if (step === undefined) return change(value);
  if (Array.isArray(value)) return value.map((child, index) => (index === step ? changedAt(child, rest, change) : child));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, name === step ? changedAt(child, rest, change) : child]));
};

const gone = Symbol('gone');
const withoutGone = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.filter((child) => child !== gone).map(withoutGone);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, child]) => (child === gone ? [] : [[name, withoutGone(child)]])));
};

/** The value with one place of it replaced, removed, added to or repeated. */
export const mutated = (value: unknown, { kind, at, value: other, name }: Mutation): unknown => {
  const paths = pathsOf(value);
  const path = paths[at % paths.length] ?? [];
  const change = (old: unknown): unknown => {
    if (kind === 'replace') return other;
    if (kind === 'remove') return path.length === 0 ? {} : gone;
    if (kind === 'repeat') return [old, old];
    if (Array.isArray(old)) return [...old, other];
    return typeof old === 'object' && old !== null ? Object.fromEntries([...Object.entries(old), [name, other]]) : other;
  };
  const changed = changedAt(value, path, change);
  // What hostile values hold needs no cleaning, and may be deeper than a walk can go.
  return kind === 'remove' ? withoutGone(changed) : changed;
};
