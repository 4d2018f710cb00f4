import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { document, type Operation, operations } from './document.ts';
import type { FuzzRequest } from './requests.ts';

export interface FuzzAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** Words that only our own machinery says: stacks, files, tables, keys, the SDK's errors. */
const internals =
  /\bat \S+ \(|\.(?:ts|mjs|js):\d|node_modules|\/(?:work|home|tmp|root|var\/task)\/|DynamoDB|dynamodb|leadline-local|arn:aws|\bgsi[123]|\b(?:intake|qualification|accounts|deals|platform)#|Zod|(?:Type|Range|Reference|Syntax)Error|TransactionCanceled|ConditionalCheck|AccessDenied|Exception\b|StaleRead|TableBusy|Cannot read prop|is not a function|\[object Object\]|ECONN|sqlite/;

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
ajv.addSchema({ $id: 'openapi', ...document });
const validators = new Map<string, ValidateFunction>();
const pointer = (parts: readonly string[]): string =>
  parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
const validatorAt = (parts: readonly string[]): ValidateFunction => {
  const at = pointer(parts);
  const validator = validators.get(at) ?? ajv.compile({ $ref: `openapi#/${at}` });
  validators.set(at, validator);
  return validator;
};

const textOf = (value: string | readonly string[] | undefined): string => (value === undefined ? '' : String(value));

const parsed = (body: Buffer): { readonly value?: unknown; readonly fault?: string } => {
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) };
  } catch {
    return { fault: `is not JSON: ${body.toString().slice(0, 200)}` };
  }
};

const againstSchema = (schemaAt: readonly string[], answer: FuzzAnswer): string[] => {
  const { value, fault } = parsed(answer.body);
  if (fault !== undefined) return [fault];
  const validate = validatorAt(schemaAt);
  if (validate(value)) return [];
  const [error] = validate.errors ?? [];
  return [`is not as its schema: ${error?.instancePath} ${error?.message} ${JSON.stringify(error?.params)}`];
};

const problemAt = ['components', 'schemas', 'ProblemDetails'];

/** What every refusal is like, whoever it comes from. */
const problemFaults = (answer: FuzzAnswer): string[] => {
  if (!textOf(answer.headers['content-type']).startsWith('application/problem+json')) return ['is a refusal without problem details'];
  const faults = againstSchema(problemAt, answer);
  if (faults.length > 0) return faults;
  const { status, type } = parsed(answer.body).value as { status: number; type: string };
  return status === answer.status && /^\/problems\/[a-z-]+$/.test(type) ? [] : [`says status ${status}, type ${type}`];
};

/** What the front refuses by itself, before any operation is asked. */
const statusesOfTheFront = new Set([413, 429, 431]);

const operationFaults = ({ method, path, responses }: Operation, answer: FuzzAnswer): string[] => {
  const code = String(answer.status);
  const response = responses[code];
  if (response === undefined) return statusesOfTheFront.has(answer.status) ? [] : ['is a status that the document does not name for it'];
  if (answer.body.length === 0 && response.content === undefined) return [];
  const [mediaType = ''] = textOf(answer.headers['content-type']).split(';');
  const content = response.content ?? {};
  // A page of a list as CSV, a page for people: text of any kind.
  if (content[mediaType] === undefined) return [`is ${mediaType}, which the document does not name for it`];
  if (!mediaType.includes('json')) return [];
  return againstSchema(['paths', path, method.toLowerCase(), 'responses', code, 'content', mediaType, 'schema'], answer);
};

const everyAnswer = (answer: FuzzAnswer): string[] => [
  ...(answer.headers['x-content-type-options'] === 'nosniff' ? [] : ['has no nosniff']),
  ...(/^[A-Za-z0-9._-]{1,128}$/.test(textOf(answer.headers['x-request-id'])) ? [] : ['has no request id']),
  ...(answer.headers['x-injected'] === undefined ? [] : ['has a header field of the caller']),
];

const readable = /json|text|csv|html/;

/** What is wrong with an answer; nothing is. */
export const faultsOf = (operation: Operation, request: FuzzRequest, answer: FuzzAnswer): string[] => {
  const { status, body, headers } = answer;
  const text = readable.test(textOf(headers['content-type'])) ? body.toString() : '';
  const inside = internals.exec(`${text}\n${JSON.stringify(headers)}`)?.[0];
  const general = [
    ...(status >= 500 ? ['is a failure of ours'] : []),
    ...(inside === undefined || operation.path === '/docs' || operation.path === '/openapi.json' ? [] : [`lets “${inside}” out`]),
    ...everyAnswer(answer),
  ];
  if (request.method === 'HEAD') return [...general, ...(body.length === 0 ? [] : ['has a body'])];
  const served = operations.find(({ path, method }) => path === operation.path && method === request.method);
  const isPage = textOf(headers['content-type']).startsWith('text/html');
  const particular = served !== undefined && request.isOperations ? operationFaults(served, answer) : [];
  return [...general, ...(status >= 400 && !isPage ? problemFaults(answer) : []), ...particular].map((fault) => `${status} ${fault}`);
};
