import { describe, expect, it } from 'vitest';
import { type FuzzAnswer, faultsOf } from '../fuzz/answers.ts';
import { operations } from '../fuzz/document.ts';
import type { FuzzRequest } from '../fuzz/requests.ts';

const operation = (name: string) => {
  const found = operations.find(({ operationId }) => operationId === name);
  if (!found) throw new Error(`no operation ${name}`);
  return found;
};
const getForm = operation('getForm');
const request: FuzzRequest = { method: 'GET', target: '/v1/forms/form_1', headers: {}, body: undefined, isOperations: true };
const headers = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', 'x-request-id': 'req_1' };
const id = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const form = {
  id: `form_${id}`,
  name: 'Contact',
  source: 'website',
  channel: 'web-form',
  fieldMap: {},
  requiredFields: [],
  allowedOrigins: [],
  honeypotField: 'website_url',
  tags: [],
  active: true,
  submissionsPerMinute: 300,
  format: 'generic',
  createdAt: '2026-11-22T18:18:42.000Z',
  updatedAt: '2026-11-22T18:18:42.000Z',
  version: 1,
};
const problem = (status: number, more: object = {}) => ({
  type: '/problems/x',
  title: 'x',
  status,
  detail: 'x',
  instance: '/',
  requestId: 'r',
  ...more,
});
const answer = (status: number, body: unknown, more: object = {}): FuzzAnswer => ({
  status,
  headers: { ...headers, ...(status >= 400 && { 'content-type': 'application/problem+json' }), ...more },
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});

describe('the judge of answers', () => {
  it('finds nothing in what is as the document says', () => {
    expect(faultsOf(getForm, request, answer(200, form))).toEqual([]);
    expect(faultsOf(getForm, request, answer(404, problem(404)))).toEqual([]);
    expect(faultsOf(getForm, { ...request, method: 'HEAD' }, answer(200, ''))).toEqual([]);
  });

  it.each([
    ['a failure', answer(500, problem(500)), /failure of ours/],
    ['a busy one', answer(503, problem(503)), /failure of ours/],
    ['a stack', answer(404, problem(404, { detail: 'TypeError\n    at handle (/var/task/index.mjs:1:2)' })), /lets “/],
    ['a table', answer(404, problem(404, { detail: 'leadline-local has none' })), /lets “leadline-local”/],
    ["an SDK's error", answer(404, problem(404, { detail: 'TransactionCanceledException' })), /lets “TransactionCanceled/],
    ['an item that lacks a member', answer(200, { ...form, name: undefined }), /not as its schema/],
    ['a member too many', answer(200, { ...form, pk: 'x' }), /not as its schema/],
    ['a status that is not documented', answer(418, problem(418)), /does not name/],
    ['a media type that is not documented', answer(200, 'x', { 'content-type': 'text/html' }), /text\/html/],
    ['a refusal in plain text', answer(404, 'no', { 'content-type': 'text/plain' }), /without problem details/],
    ['a refusal that says another status', answer(404, problem(400)), /says status 400/],
    ['JSON that is none', answer(200, '{'), /is not JSON/],
    ['no nosniff', answer(200, form, { 'x-content-type-options': undefined }), /nosniff/],
    ["a header field of the caller's making", answer(200, form, { 'x-injected': 'yes' }), /header field of the caller/],
  ])('finds %s', (_, given, expected) => {
    expect(faultsOf(getForm, request, given).join('; ')).toMatch(expected);
  });
});
