import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { InvalidTransaction } from './errors.ts';
import type { Draft, IndexKeys, Item, Key } from './item.ts';

/**
 * A DynamoDB value as the SDK or a Lambda stream event gives it. Of the two, the event writes binary as base64.
 */
export interface StoredValue {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly BOOL?: boolean | undefined;
  readonly NULL?: boolean | undefined;
  readonly B?: Uint8Array | string | undefined;
  readonly M?: Readonly<Record<string, StoredValue>> | undefined;
  readonly L?: readonly StoredValue[] | undefined;
}
export type StoredImage = Readonly<Record<string, StoredValue>>;
export type Attributes = Record<string, AttributeValue>;

// DynamoDB nests 32 levels deep; `data` is the first.
const deepest = 30;
// DynamoDB numbers: 1E-130 to 9.99…E+125. Source: Developer Guide, "Supported data types".
const isStorableNumber = (value: number): boolean => value === 0 || (Math.abs(value) < 1e126 && Math.abs(value) >= 1e-130);

/** JSON that DynamoDB's model has no room for (1e300, forty levels of nesting) is kept as its text, in a binary value. */
const asText = (value: unknown): AttributeValue => ({ B: Buffer.from(JSON.stringify(value)) });

// DynamoDB refuses an empty attribute name, JSON does not: such a name is kept with U+0000 before it.
const nameOf = (member: string): string => (member === '' || member.startsWith('\u0000') ? `\u0000${member}` : member);
const memberOf = (name: string): string => (name.startsWith('\u0000') ? name.slice(1) : name);

/**
 * A JSON value as DynamoDB stores it. Like JSON, it leaves out undefined members and writes null for an undefined element, NaN and Infinity.
 *
 * @throws {InvalidTransaction} for what JSON has no form for: a function, a symbol, a bigint.
 */
export const encode = (value: unknown, depth = 1): AttributeValue => {
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return { NULL: true };
    return isStorableNumber(value) ? { N: String(value) } : asText(value);
  }
  if (typeof value === 'boolean') return { BOOL: value };
  if (value === null || value === undefined) return { NULL: true };
  if (typeof value !== 'object') throw new InvalidTransaction(`a ${typeof value} cannot be stored`);
  if (depth > deepest) return asText(value);
  if (Array.isArray(value)) return { L: value.map((element) => encode(element, depth + 1)) };
  const members: [string, AttributeValue][] = [];
  for (const [member, inner] of Object.entries(value)) {
    if (inner !== undefined) members.push([nameOf(member), encode(inner, depth + 1)]);
  }
  // fromEntries makes own members even of `__proto__`.
  return { M: Object.fromEntries(members) };
};

/** The JSON value that was encoded. */
export const decode = (value: StoredValue): unknown => {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.M !== undefined) return Object.fromEntries(Object.entries(value.M).map(([name, inner]) => [memberOf(name), decode(inner)]));
  if (value.L !== undefined) return value.L.map(decode);
  if (value.B !== undefined) return JSON.parse(bytesOf(value.B).toString());
  return null;
};

const bytesOf = (binary: Uint8Array | string): Buffer => (typeof binary === 'string' ? Buffer.from(binary, 'base64') : Buffer.from(binary));

/**
 * The numbers of `data` stand as attributes of their own, `data.<name>`, because ADD makes a number out of nothing only at the top of an
 * item. What stands there wins over the member of the same name in the text.
 */
export const memberPrefix = 'data.';

const indexNames = ['gsi1', 'gsi2', 'gsi3'] as const;

export const keyAttributes = (key: Key): Attributes => ({ pk: { S: key.pk }, sk: { S: key.sk } });

/** Bytes of an item that one unit pays for. A text that doesn't fit is compressed, which for our records and events halves it in 50 µs. */
const unitBytes = 1_024;
/** Left for what lies apart and is not known when the rest is written. */
const apartBytes = 320;

/**
 * An item as it lies in the table. `data` is one value, its JSON as a text, or deflated: nobody asks DynamoDB for a part of it, and a map of
 * maps takes the SDK, the relay and the local engine several times as long (a lead with its touch, identity and event: the engine 2 ms
 * instead of 1).
 */
export const toAttributes = (item: Item & Pick<Draft, 'apart'>): Attributes => {
  if (typeof item.data !== 'object' || item.data === null) throw new InvalidTransaction(`the data of a ${item.kind} must be an object`);
  const attributes: Attributes = { ...keyAttributes(item), kind: { S: item.kind }, rev: { N: String(item.rev) } };
  const rest: [string, unknown][] = [];
  for (const [member, value] of Object.entries(item.data)) {
    if (value === undefined) continue;
    if ((typeof value === 'number' && isStorableNumber(value)) || item.apart?.includes(member))
      attributes[memberPrefix + member] = attributeOf(value);
    else rest.push([member, value]);
  }
  const json = jsonOf(rest);
  attributes.data = { S: json };
  for (const index of indexNames) {
    const key = item.indexes?.[index];
    if (key === undefined) continue;
    attributes[`${index}pk`] = { S: key.pk };
    attributes[`${index}sk`] = { S: key.sk };
  }
  if (item.expiresAt !== undefined) attributes.expiresAt = { N: String(item.expiresAt) };
  const { apart = [], data } = item;
  const room = apart.some((name) => !Object.hasOwn(data, name)) ? apartBytes : 0;
  if (sizeOf(attributes) + room > unitBytes) attributes.data = { B: deflateRawSync(json) };
  return attributes;
};

/** The value of a member that lies in an attribute of its own: a number, or any other as its JSON. */
export const attributeOf = (value: unknown): AttributeValue =>
  typeof value === 'number' && isStorableNumber(value) ? { N: String(value) } : asText(value);

const jsonOf = (members: readonly (readonly [string, unknown])[]): string => {
  try {
    // fromEntries makes own members even of `__proto__`.
    return JSON.stringify(Object.fromEntries(members));
  } catch (error) {
    throw new InvalidTransaction('what is no JSON cannot be stored', { cause: error });
  }
};

const textOf = (image: StoredImage, name: string): string => {
  const value = image[name]?.S;
  if (value === undefined) throw new TypeError(`not an item of this table: no text ${name}`);
  return value;
};

const indexesOf = (image: StoredImage): IndexKeys | undefined => {
  const keys = indexNames.flatMap((index) => {
    const pk = image[`${index}pk`]?.S;
    const sk = image[`${index}sk`]?.S;
    return pk === undefined || sk === undefined ? [] : [[index, { pk, sk }] as const];
  });
  return keys.length === 0 ? undefined : Object.fromEntries(keys);
};

/**
 * The item that lies in the table as these attributes; also for the images of stream records.
 *
 * @throws {TypeError} when they are not an item of ours.
 */
export const fromAttributes = (image: StoredImage): Item => {
  const members: [string, unknown][] = [];
  for (const [name, value] of Object.entries(image)) {
    if (name.startsWith(memberPrefix)) members.push([name.slice(memberPrefix.length), decode(value)]);
  }
  const indexes = indexesOf(image);
  const expiresAt = image.expiresAt?.N;
  return {
    pk: textOf(image, 'pk'),
    sk: textOf(image, 'sk'),
    kind: textOf(image, 'kind'),
    rev: Number(image.rev?.N ?? 1),
    data: Object.fromEntries([...membersOf(image.data), ...members]),
    ...(indexes === undefined ? {} : { indexes }),
    ...(expiresAt === undefined ? {} : { expiresAt: Number(expiresAt) }),
  };
};

/** The members of `data` in its text; or in its map, as items were written before, and as counters that `ADD` made have none. */
const membersOf = (data: StoredValue = { M: {} }): [string, unknown][] => {
  const json = data.B === undefined ? data.S : inflateRawSync(bytesOf(data.B)).toString();
  return Object.entries((json === undefined ? decode(data) : JSON.parse(json)) ?? {});
};

/** Bytes of an item as DynamoDB counts them, to within a few percent, on the safe side. */
export const sizeOf = (attributes: Attributes): number => {
  let size = 0;
  for (const [name, value] of Object.entries(attributes)) size += Buffer.byteLength(name) + valueSize(value);
  return size;
};

const valueSize = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  // A number takes a byte for two digits, and one or two more.
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 2;
  if (value.B !== undefined) return value.B.byteLength;
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + sizeOf(value.M);
  if (value.L !== undefined) return value.L.reduce((size, element) => size + 1 + valueSize(element), 3);
  return 1;
};
