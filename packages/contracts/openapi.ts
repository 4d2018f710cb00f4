import type { ZodMiniType } from 'zod/mini';
import { idPattern, parameterKinds } from './core/ids.ts';
import { ProblemDetails, type ProblemSlug, problems } from './core/problems.ts';
import { type Route, scopeFor, scopes } from './core/route.ts';
import type { ServiceDeclaration } from './core/service.ts';
import { type JsonSchema, SchemaCollection } from './json-schemas.ts';

const headers = {
  'X-Request-Id': {
    description: "The caller's `X-Request-Id`, or a new one; it is the `correlationId` of every event that follows.",
    schema: { type: 'string' },
  },
  ETag: { description: "Made of the resource's version and of what the system derived since.", schema: { type: 'string' } },
  Location: { description: 'Where the resource is.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
};

/** Header fields of whoever is limited (draft-ietf-httpapi-ratelimit-headers); referred to, as nearly every answer may carry them. */
const limitHeaders = {
  'RateLimit-Policy': {
    description:
      'What the caller is limited to: `"key";q=10;w=1` is 10 requests in a second of this key. On answers to a limited caller only.',
    schema: { type: 'string' },
  },
  RateLimit: {
    description: 'What remains of it, and the seconds until it is whole again: `"key";r=3;t=1`.',
    schema: { type: 'string' },
  },
};
const limitReferences = Object.fromEntries(Object.keys(limitHeaders).map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** Keys have limits, forms have; who reads a public document has none. */
const isLimited = (route: Route): boolean => route.access !== 'public' || (route.problems ?? []).includes('too-many-requests');

const parameter = (name: string, where: 'path' | 'query' | 'header', schema: JsonSchema, more: JsonSchema = {}): JsonSchema => ({
  name,
  in: where,
  required: where === 'path',
  schema,
  ...more,
});

const listParameters = (): JsonSchema[] => [
  parameter(
    'limit',
    'query',
    { type: 'integer', minimum: 1, maximum: 100, default: 25 },
    { description: 'How many; up to 1,000 when the page is asked for as text/csv.' },
  ),
  parameter('cursor', 'query', { type: 'string' }, { description: '`nextCursor` of the page before, with the same filters.' }),
];

const pathParameters = (path: string): JsonSchema[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => {
    const kind = parameterKinds[name];
    return parameter(name, 'path', { type: 'string', ...(kind && { pattern: idPattern(kind).source }) });
  });

const queryParameters = (query: ZodMiniType | undefined, collection: SchemaCollection): JsonSchema[] => {
  if (!query) return [];
  const { properties } = collection.of(query, 'input');
  return Object.entries(typeof properties === 'object' && properties !== null ? properties : {}).map(([name, schema]) =>
    parameter(name, 'query', schema),
  );
};

/** Takes `If-None-Match`. */
const isConditional = (route: Route): boolean => route.method === 'GET' && route.answer.headers?.includes('ETag') === true;

const headerParameters = (route: Route): JsonSchema[] => [
  ...(route.method === 'POST'
    ? [
        parameter(
          'Idempotency-Key',
          'header',
          { type: 'string', minLength: 1, maxLength: 255 },
          { description: 'The same key within 24 hours gives the first answer again, with `Idempotency-Replayed: true`.' },
        ),
      ]
    : []),
  ...(['PATCH', 'PUT', 'DELETE'].includes(route.method) ||
  (route.method === 'POST' && route.answer.headers?.includes('ETag') && route.path.includes('{'))
    ? [parameter('If-Match', 'header', { type: 'string' }, { description: 'An ETag; 412 if a caller changed the resource since.' })]
    : []),
  ...(isConditional(route)
    ? [parameter('If-None-Match', 'header', { type: 'string' }, { description: 'An ETag; 304 if nothing at all changed since.' })]
    : []),
];

/** Every problem that this operation may answer, by what it is. */
const slugsOf = (route: Route): ProblemSlug[] => {
  const named = (route.problems ?? []).filter((slug): slug is ProblemSlug => slug in problems);
  return [
    ...(route.body ? (['malformed-json', 'body-too-large', 'unsupported-media-type', 'invalid'] as const) : []),
    ...(route.query || route.list ? (['invalid-query', 'invalid-cursor'] as const) : []),
    ...(route.method === 'POST' ? (['invalid-idempotency-key', 'idempotency-key-reused', 'request-in-progress'] as const) : []),
    ...(route.access === 'public' ? [] : (['unauthenticated', 'forbidden', 'too-many-requests'] as const)),
    ...(route.path.includes('{') ? (['not-found'] as const) : []),
    ...(headerParameters(route).some((header) => header.name === 'If-Match') ? (['precondition-failed'] as const) : []),
    ...named,
    // Whatever an operation takes, its query may be no percent-encoded UTF-8.
    'malformed-request',
    'method-not-allowed',
    'internal',
    'busy',
  ];
};

/** What a browser gets instead, where it gets a page. */
const pageOf = ({ pages }: Route, status: number): JsonSchema =>
  pages?.includes(status) === true ? { 'text/html': { schema: { type: 'string' } } } : {};

const problemResponses = (route: Route, collection: SchemaCollection): JsonSchema => {
  const byStatus = Map.groupBy(slugsOf(route), (slug) => problems[slug].status);
  const schema = collection.of(ProblemDetails, 'output');
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, slugs]) => [
        String(status),
        {
          description: [...new Set(slugs.map((slug) => `${problems[slug].title} (\`/problems/${slug}\`)`))].join('. '),
          headers: {
            'X-Request-Id': headers['X-Request-Id'],
            ...((status === 429 || status === 503) && { 'Retry-After': headers['Retry-After'] }),
            ...(status === 429 && limitReferences),
          },
          content: { 'application/problem+json': { schema }, ...pageOf(route, status) },
        },
      ]),
  );
};

const requestBody = (route: Route, collection: SchemaCollection): JsonSchema | undefined => {
  if (!route.body) return undefined;
  const { kind, schema } = route.body;
  const required = !(kind === 'json' && route.body.optional);
  if (kind === 'merge-patch') {
    const patch = { schema: collection.mergePatchOf(schema) };
    return { required, content: { 'application/json': patch, 'application/merge-patch+json': patch } };
  }
  if (kind === 'csv') return { required, content: { 'text/csv': { schema: { type: 'string' } } } };
  const content = { schema: collection.of(schema, 'input') };
  return {
    required,
    content: {
      'application/json': content,
      ...(kind === 'form' && { 'application/x-www-form-urlencoded': content, 'multipart/form-data': content }),
    },
  };
};

const answers = (route: Route, collection: SchemaCollection): JsonSchema => {
  const { status, schema, contentType = 'application/json', headers: named = [], also = {} } = route.answer;
  const content = schema
    ? { [contentType]: { schema: collection.of(schema, 'output') }, ...(route.list && { 'text/csv': { schema: { type: 'string' } } }) }
    : route.answer.contentType && { [contentType]: { schema: { type: 'string' } } };
  const described = Object.fromEntries(Object.entries(headers).filter(([name]) => name === 'X-Request-Id' || named.includes(name)));
  const response = (code: number, description: string): JsonSchema => ({
    description,
    headers: { ...described, ...(isLimited(route) && limitReferences) },
    ...(content && code < 300 && { content: { ...content, ...pageOf(route, code) } }),
  });
  return Object.fromEntries(
    Object.entries({ [status]: route.summary, ...also, ...(isConditional(route) && { 304: 'Nothing at all changed since.' }) }).map(
      ([code, description]) => [code, response(Number(code), description)],
    ),
  );
};

const scopesInWords = `${scopes.join(', ')}; \`:write\` includes \`:read\`, \`admin\` includes all.`;

/**
 * The OpenAPI 3.1 document of these services. Made at build time from the same routes that the functions serve.
 */
export const openApiDocument = (services: readonly ServiceDeclaration[], { version }: { readonly version: string }): JsonSchema => {
  const collection = new SchemaCollection();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const service of services) {
    for (const [operationId, route] of Object.entries(service.routes)) {
      const scope = scopeFor(route);
      const body = requestBody(route, collection);
      const operations = paths[route.path] ?? {};
      paths[route.path] = operations;
      operations[route.method.toLowerCase()] = {
        operationId,
        tags: [service.name],
        summary: route.summary,
        ...(route.description && { description: route.description }),
        security: scope ? [{ bearer: [scope] }, { accessToken: [scope] }] : [],
        parameters: [
          ...pathParameters(route.path),
          ...queryParameters(route.query, collection),
          ...(route.list ? listParameters() : []),
          ...headerParameters(route),
        ],
        ...(body && { requestBody: body }),
        responses: { ...answers(route, collection), ...problemResponses(route, collection) },
      };
    }
  }
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: {
      title: 'Leadline',
      version,
      summary: 'From lead to deal.',
      description:
        'Every answer carries `X-Request-Id`. Errors are RFC 9457 problem details. Lists end only with `nextCursor: null`. ' +
        "Money is an integer in the currency's minor unit. Times are RFC 3339, UTC, with milliseconds.",
    },
    servers: [{ url: '/' }],
    tags: services.map((service) => ({ name: service.name, description: service.purpose })),
    paths,
    components: {
      schemas: collection.schemas,
      headers: limitHeaders,
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key, \`lk_…\`. Scopes: ${scopesInWords}`,
        },
        accessToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: `An access token of the OpenID Connect issuer that Leadline is deployed with, if any. Scopes, from its \`scope\` claim: ${scopesInWords}`,
        },
      },
    },
  };
};
