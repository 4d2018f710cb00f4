import fc from 'fast-check';
import type { Operation, Parameter, Schema } from './document.ts';
import { hostileText, hostileValue, mutated, mutation } from './hostile.ts';
import { anyOfSchema, type Pools } from './values.ts';

/** A request as it goes over the wire. */
export interface FuzzRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** False when the path may be another's, so that the answer may be of another operation. */
  readonly isOperations: boolean;
}

/** What requests are made of beside the document. */
export interface Surroundings {
  readonly pools: Pools;
  /** Cursors of lists, which fit one list only. */
  readonly cursors: readonly string[];
  readonly etags: readonly string[];
  readonly key: string;
}

const mostly = <T, U>(weight: number, usual: fc.Arbitrary<T>, other: fc.Arbitrary<U>): fc.Arbitrary<T | U> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: other });

const encoded = (text: string): string => encodeURIComponent(text.toWellFormed());

const pathOf = ({ path, parameters }: Operation, pools: Pools): fc.Arbitrary<{ path: string; isOperations: boolean }> => {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const schemaOf = (name: string) => parameters.find((parameter) => parameter.name === name)?.schema ?? {};
  const hostileSegment = fc.oneof(
    hostileText.map((text) => encoded(text.slice(0, 2_000))),
    fc.constantFrom('%ff', '%', '%zz', '..', '.', '%2e%2e', 'a%2Fb', ';x=1', 'lead_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'x'.repeat(5_000)),
  );
  const segments = names.map((name) =>
    mostly(
      12,
      anyOfSchema(schemaOf(name), pools).map((value) => encoded(String(value))),
      hostileSegment,
    ),
  );
  return fc.tuple(...segments).map((values) => {
    let index = -1;
    const filled = path.replaceAll(/\{\w+\}/g, () => {
      index += 1;
      return values[index] ?? '';
    });
    return { path: filled, isOperations: values.every((value) => /^\w+$/.test(value)) };
  });
};

const queryOf = ({ parameters }: Operation, { pools, cursors }: Surroundings): fc.Arbitrary<string> => {
  const pair = ({ name, schema }: Parameter): fc.Arbitrary<string> => {
    const usual = name === 'cursor' && cursors.length > 0 ? fc.constantFrom(...cursors) : anyOfSchema(schema, pools).map(String);
    const forged = fc
      .tuple(usual, fc.nat(200), hostileText)
      .map(([text, at, other]) => text.slice(0, at) + other.slice(0, 50) + text.slice(at + 1));
    return fc
      .oneof({ weight: 5, arbitrary: usual }, { weight: 2, arbitrary: hostileText }, { weight: 1, arbitrary: forged })
      .map((value) => `${name}=${encoded(value.slice(0, 3_000))}`);
  };
  const declared = parameters.filter((parameter) => parameter.in === 'query');
  const pairs = fc.tuple(...declared.map((parameter) => mostly(3, fc.constant(undefined), pair(parameter))));
  const strange = fc.constantFrom(
    'limit=5&limit=6',
    'limit',
    '=',
    '&&',
    'q=%ff',
    'q=%',
    '__proto__=1',
    'a[b]=c',
    'cursor=',
    'embed=1',
    'utm_source=x',
  );
  return fc
    .tuple(pairs, mostly(7, fc.constant(undefined), strange))
    .map(([all, odd]) => [...all, odd].filter((one) => one !== undefined).join('&'));
};

const headerText = (text: string): string =>
  text
    .replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '')
    .trim()
    .slice(0, 3_000);

const oddHeaders: readonly (readonly [string, readonly string[]])[] = [
  ['accept', ['text/csv', 'text/html', '*/*;q=0', 'application/xml', 'text/csv;q=0.1, application/json', ',', 'x'.repeat(2_000)]],
  ['if-match', ['"1"', '*', 'W/"1"', '"', 'x', '"999-999"', '"a", "b"']],
  ['if-none-match', ['*', 'W/"1"', '"1"', '"']],
  ['idempotency-key', ['a', 'x'.repeat(255), 'x'.repeat(256), 'é', 'a#b', ' ']],
  ['x-request-id', ['ok', 'not ok', 'x'.repeat(129), '<b>']],
  ['content-encoding', ['gzip', 'identity', 'br']],
  ['origin', ['null', 'https://evil.example', 'not a url', 'http://localhost']],
  ['content-length-hint', ['1']],
  ['x-forwarded-for', ['1.2.3.4', "'--", '::1, 10.0.0.1']],
  ['x-http-method-override', ['DELETE']],
  ['cookie', ['a=b; __proto__=c', ';;;']],
  ['user-agent', ['', 'x'.repeat(4_000)]],
  ['referer', ['not a url', `https://x.example/?${'q'.repeat(3_000)}`]],
  ['range', ['bytes=0-1']],
  ['expect', ['200-ok']],
  ['x-padding', ['p'.repeat(11_000)]],
];

const oddHeader = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...oddHeaders).chain(([name, values]) => fc.constantFrom(...values).map((value) => [name, value] as const)),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...oddHeaders.map(([name]) => name)), hostileText) },
);

const authorizationOf = (key: string): fc.Arbitrary<string | undefined> =>
  mostly(
    14,
    fc.constant(`Bearer ${key}`),
    fc.constantFrom(
      undefined,
      '',
      'Bearer',
      'Bearer ',
      `Basic ${btoa('a:b')}`,
      `Bearer ${key}x`,
      `bearer ${key}`,
      'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.',
      `Bearer ${'x'.repeat(4_000)}`,
      'Bearer lk_test_a#b',
    ),
  );

interface Body {
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
}

const numberWord = /(?<=[:[,])-?\d+(?:\.\d+)?/;

/** JSON text that is none, or says what JSON.stringify never would. */
const brokenJson = (text: string): fc.Arbitrary<Buffer> =>
  fc.oneof(
    fc.nat(text.length).map((at) => Buffer.from(text.slice(0, at))),
    fc
      .constantFrom('1e999', '-1e999', '1E400', '0.1e-400', '123456789012345678901234567890', '01', 'NaN', 'undefined')
      .map((number) => Buffer.from(numberWord.test(text) ? text.replace(numberWord, number) : number)),
    fc
      .constantFrom('{"a":1,}', "{'a':1}", '{"a":1}{"b":2}', '[', '"', 'null', '""', '0', '[]', '{"__proto__":{"x":1}}', '{"a":1,"a":2}')
      .map((raw) => Buffer.from(raw)),
    fc.constant(Buffer.concat([Buffer.from('\ufeff'), Buffer.from(text)])),
    fc.constant(Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xc0, 0x80]), Buffer.from('}')])),
    fc.constantFrom(5_000, 100_000).map((levels) => Buffer.from(`${'['.repeat(levels)}${']'.repeat(levels)}`)),
    fc.constant(Buffer.from(`{"lastName":"${'x'.repeat(1_100_000)}"}`)),
  );

const formTextOf = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .map(([name, member]) => `${encoded(name)}=${encoded(typeof member === 'string' ? member : (JSON.stringify(member) ?? ''))}`)
        .join('&')
    : encoded(String(value));

const multipartOf = (value: unknown): Buffer => {
  const parts = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const text = parts
    .map(
      ([name, member]) =>
        `--edge\r\nContent-Disposition: form-data; name="${name.toWellFormed()}"\r\n\r\n${String(JSON.stringify(member))}\r\n`,
    )
    .join('');
  return Buffer.from(`${text}--edge--\r\n`);
};

const csvOf = (pools: Pools): fc.Arbitrary<Buffer> => {
  const cell = fc.oneof(
    hostileText,
    anyOfSchema({ type: 'string', maxLength: 10 }, pools).map(String),
    fc.constantFrom('ada@analytical.example', '"', ',', '\n'),
  );
  const header = fc.constantFrom(
    'email',
    'Last Name',
    'E-Mail',
    'phone',
    '__proto__',
    'constructor',
    'Custom',
    'email',
    '',
    'tags',
    'utm source',
  );
  return fc
    .record({
      separator: fc.constantFrom(',', ';', '\t'),
      header: fc.array(header, { minLength: 1, maxLength: 5 }),
      rows: fc.array(fc.array(cell, { maxLength: 6 }), { maxLength: 5 }),
      quoted: fc.boolean(),
      tail: fc.constantFrom('', '\r\n', '"', '\u0000'),
    })
    .map(({ separator, header: names, rows, quoted, tail }) => {
      const written = (text: string) => (quoted ? `"${text.replaceAll('"', '""')}"` : text);
      return Buffer.from([names, ...rows].map((row) => row.map(written).join(separator)).join('\r\n') + tail);
    });
};

const bodyOf = ({ requestBody, method }: Operation, { pools }: Surroundings): fc.Arbitrary<Body | undefined> => {
  if (requestBody === undefined)
    return method === 'GET'
      ? fc.constant(undefined)
      : mostly(6, fc.constant(undefined), fc.constant({ contentType: 'application/json', bytes: Buffer.from('{"a":1}') }));
  const types = Object.keys(requestBody.content);
  const schema: Schema = requestBody.content[types[0] ?? '']?.schema ?? {};
  if (types.includes('text/csv'))
    return fc
      .tuple(csvOf(pools), mostly(8, fc.constant('text/csv'), fc.constantFrom('application/json', undefined, 'text/csv; charset=utf-16')))
      .map(([bytes, contentType]) => ({ contentType, bytes }));
  const valid = anyOfSchema(schema, pools);
  const near = fc.tuple(valid, fc.array(mutation, { maxLength: 3 })).map(([value, mutations]) => mutations.reduce(mutated, value));
  const json = near.map((value) => Buffer.from(JSON.stringify(value) ?? ''));
  const plain = fc.constantFrom(...types.filter((type) => type.includes('json')));
  const wrongType = fc.constantFrom(
    undefined,
    'text/plain',
    'application/xml',
    'application/json; charset=utf-16',
    'APPLICATION/JSON',
    'application/json;;',
    'multipart/form-data',
    '/',
  );
  const asJson = fc.record({ contentType: mostly(20, plain, wrongType), bytes: json });
  const broken = fc.record({ contentType: plain, bytes: valid.chain((value) => brokenJson(JSON.stringify(value) ?? '')) });
  const nonsense = fc.record({ contentType: plain, bytes: hostileValue.map((value) => Buffer.from(JSON.stringify(value) ?? '')) });
  const forms = types.includes('multipart/form-data')
    ? [
        {
          weight: 6,
          arbitrary: fc.record({
            contentType: fc.constant('application/x-www-form-urlencoded'),
            bytes: near.map((value) => Buffer.from(formTextOf(value))),
          }),
        },
        {
          weight: 4,
          arbitrary: fc.record({
            contentType: fc.constantFrom(
              'multipart/form-data; boundary=edge',
              'multipart/form-data; boundary=other',
              'multipart/form-data; boundary=',
            ),
            bytes: near.map(multipartOf),
          }),
        },
      ]
    : [];
  return fc.oneof<fc.WeightedArbitrary<Body>[]>(
    { weight: 12, arbitrary: asJson },
    { weight: 2, arbitrary: broken },
    { weight: 1, arbitrary: nonsense },
    ...forms,
  );
};

/** Requests to an operation: some valid, most almost, all of them sent before by somebody with time and bad intentions. */
export const requestTo = (operation: Operation, surroundings: Surroundings): fc.Arbitrary<FuzzRequest> =>
  fc
    .record({
      method: mostly(30, fc.constant(operation.method), fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')),
      place: pathOf(operation, surroundings.pools),
      query: queryOf(operation, surroundings),
      authorization: authorizationOf(surroundings.key),
      odd: fc.array(oddHeader, { maxLength: 2 }),
      etag: mostly(9, fc.constant(undefined), fc.constantFrom('"1"', ...surroundings.etags)),
      body: bodyOf(operation, surroundings),
    })
    .map(({ method, place, query, authorization, odd, etag, body }) => ({
      method,
      target: query === '' ? place.path : `${place.path}?${query}`,
      isOperations: place.isOperations,
      headers: {
        ...Object.fromEntries(odd.map(([name, value]) => [name, headerText(value)])),
        ...(authorization === undefined ? {} : { authorization }),
        ...(etag === undefined ? {} : { [method === 'GET' ? 'if-none-match' : 'if-match']: etag }),
        ...(body?.contentType === undefined ? {} : { 'content-type': body.contentType }),
      },
      body: method === 'GET' || method === 'HEAD' ? undefined : body?.bytes,
    }));

/** The request as one would type it, to be looked at. */
export const shown = ({ method, target, headers, body }: FuzzRequest): string => {
  const fields = Object.entries(headers).map(([name, value]) => `-H '${name}: ${value.slice(0, 300)}'`);
  const text =
    body === undefined
      ? ''
      : body.length > 2_000
        ? `${JSON.stringify(body.toString().slice(0, 2_000))}… (${body.length} bytes)`
        : body.toString('utf8');
  return [`${method} ${target}`, ...fields, ...(body === undefined ? [] : [`--data ${text}`])].join('\n    ');
};
