import * as z from 'zod/mini';
import { route } from '../core/route.ts';
import { listOf } from '../core/values.ts';
import {
  ApiKey,
  ApiKeyInput,
  ApiKeyWithSecret,
  DeadLetter,
  Health,
  RedriveInput,
  RedriveResult,
  RotateInput,
} from '../resources/platform.ts';

/** Operations of the platform service: health, keys, dead letters, the documents of the API. */
export const platformRoutes = {
  getHealth: route({
    method: 'GET',
    path: '/health',
    access: 'public',
    summary: 'Whether Leadline serves',
    answer: { status: 200, schema: Health },
  }),
  getOpenApi: route({
    method: 'GET',
    path: '/openapi.json',
    access: 'public',
    summary: 'This document: OpenAPI 3.1',
    servedBy: 'docs',
    answer: { status: 200, schema: z.looseObject({}), headers: ['ETag'] },
  }),
  getAsyncApi: route({
    method: 'GET',
    path: '/asyncapi.json',
    access: 'public',
    summary: 'The events: AsyncAPI 3',
    servedBy: 'docs',
    answer: { status: 200, schema: z.looseObject({}), headers: ['ETag'] },
  }),
  getReference: route({
    method: 'GET',
    path: '/docs',
    access: 'public',
    summary: 'A readable reference of the API',
    servedBy: 'docs',
    answer: { status: 200, contentType: 'text/html', headers: ['ETag'] },
  }),
  createApiKey: route({
    method: 'POST',
    path: '/v1/api-keys',
    access: 'admin',
    summary: 'Create an API key',
    description:
      'The answer shows the secret, once; a replay of it does not. `requestsPerSecond` is held over all services, in windows of one second from the ' +
      'first request on; requests beyond are answered 429.',
    body: { kind: 'json', schema: ApiKeyInput },
    answer: { status: 201, schema: ApiKeyWithSecret, headers: ['Location', 'ETag'] },
  }),
  listApiKeys: route({
    method: 'GET',
    path: '/v1/api-keys',
    access: 'admin',
    summary: 'List API keys',
    list: true,
    answer: { status: 200, schema: listOf(ApiKey) },
  }),
  getApiKey: route({
    method: 'GET',
    path: '/v1/api-keys/{keyId}',
    access: 'admin',
    summary: 'An API key, without its secret',
    answer: { status: 200, schema: ApiKey, headers: ['ETag'] },
  }),
  rotateApiKey: route({
    method: 'POST',
    path: '/v1/api-keys/{keyId}/rotate',
    access: 'admin',
    summary: 'Give an API key a new secret',
    description: 'The old secret stays valid for `overlapSeconds` (0 unless told).',
    body: { kind: 'json', schema: RotateInput, optional: true },
    answer: { status: 200, schema: ApiKeyWithSecret, headers: ['ETag'] },
  }),
  deleteApiKey: route({
    method: 'DELETE',
    path: '/v1/api-keys/{keyId}',
    access: 'admin',
    summary: 'Revoke an API key',
    description: 'It is refused within 60 seconds, everywhere.',
    answer: { status: 204 },
  }),
  listDeadLetters: route({
    method: 'GET',
    path: '/v1/admin/dead-letters',
    access: 'admin',
    summary: 'Events that a consumer could not handle',
    list: true,
    answer: { status: 200, schema: listOf(DeadLetter) },
  }),
  redriveDeadLetters: route({
    method: 'POST',
    path: '/v1/admin/dead-letters/redrive',
    access: 'admin',
    summary: 'Send dead letters to their consumer again',
    description:
      'Those named by `ids`, those of a `consumer`, both, or without either the oldest; at most 49 a call, `redriven` says how many.',
    body: { kind: 'json', schema: RedriveInput, optional: true },
    answer: { status: 202, schema: RedriveResult },
  }),
};
