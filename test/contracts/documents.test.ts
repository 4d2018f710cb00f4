import { createRequire } from 'node:module';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { asyncApiDocument } from '#contracts/asyncapi.ts';
import { scopeFor } from '#contracts/core/route.ts';
import { eventsSaidBy } from '#contracts/exchanged-events.ts';
import { openApiDocument } from '#contracts/openapi.ts';
import { services } from '../../infra/services.ts';

const openApi = openApiDocument(services, { version: '0.0.0' });
const asyncApi = asyncApiDocument(services, { version: '0.0.0' });

/** Every `$ref` of a document, and whether it leads somewhere inside. */
const danglingReferences = (document: unknown): string[] => {
  const dangling: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [member, entry] of Object.entries(value)) {
      if (member === '$ref' && typeof entry === 'string') {
        const target = entry
          .slice(2)
          .split('/')
          .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
        if (target === undefined) dangling.push(entry);
      } else walk(entry);
    }
  };
  walk(document);
  return dangling;
};

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1 without dangling references', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(openApi));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(danglingReferences(openApi)).toEqual([]);
  });

  it('has every route of every service once, with its scope', () => {
    const paths = openApi.paths as Record<string, Record<string, { operationId: string; security: Record<string, string[]>[] }>>;
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, { operationId, security }]) => [
        operationId,
        method.toUpperCase(),
        path,
        security[0]?.bearer?.[0],
      ]),
    );
    const declared = services.flatMap(({ routes }) =>
      Object.entries(routes).map(([operationId, route]) => [operationId, route.method, route.path, scopeFor(route)]),
    );
    expect(documented.toSorted()).toEqual(declared.toSorted());
    expect(new Set(documented.map(([operationId]) => operationId)).size).toBe(documented.length);
  });
});

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3.0 without dangling references', () => {
    const schema = createRequire(import.meta.url)('@asyncapi/specs/schemas/3.0.0-without-$id.json') as object;
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const valid = ajv.validate(schema, asyncApi);
    expect(ajv.errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(danglingReferences(asyncApi)).toEqual([]);
  });

  it('tells for each event who says it and who hears it', () => {
    const operations = Object.keys(asyncApi.operations as object);
    for (const service of services) {
      const { name, consumes } = service;
      for (const event of eventsSaidBy(service)) expect(operations).toContain(`${name}Says${event.name}`);
      for (const event of consumes) expect(operations).toContain(`${name}Hears${event.name}`);
    }
  });
});

describe('events', () => {
  it('that are heard are said by a service that declares them', () => {
    const said = new Map(
      services.flatMap((service) => eventsSaidBy(service).map((event) => [`${service.name} ${event.name}`, event] as const)),
    );
    for (const { consumes } of services) {
      for (const event of consumes) {
        const speakers = event.sources.filter((source) => said.has(`${source} ${event.name}`));
        expect({ event: event.name, speakers: speakers.length > 0 || event.outside !== undefined }).toEqual({
          event: event.name,
          speakers: true,
        });
      }
    }
  });
});
