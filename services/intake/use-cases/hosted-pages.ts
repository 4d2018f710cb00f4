import type { Form } from '#contracts/resources/form.ts';
import type { Answer } from '#runtime/answer.ts';
import type { HttpRequest } from '#runtime/handlers.ts';
import type { Problem } from '#runtime/problem.ts';
import { faultsOf } from '../domain/page/faults.ts';
import { consentName, pageFields } from '../domain/page/fields.ts';
import { type Frame, formPage, missingDocument, policyOf, thanksDocument } from '../domain/page/pages.ts';

type Asked = Pick<HttpRequest, 'parameters' | 'fields'>;

const frameOf = ({ parameters }: Asked): Frame => ({ embedded: parameters.embed === '1' });

const page = (status: number, text: string, form: Form | undefined, frame: Frame): Answer => ({
  status,
  contentType: 'text/html; charset=utf-8',
  body: text,
  headers: {
    'content-security-policy': policyOf(form, frame),
    // Not `no-referrer`, with which browsers would post with `Origin: null`.
    'referrer-policy': 'strict-origin-when-cross-origin',
  },
});

/** What of a link's parameters goes into the form: fields filled in, and the campaign. */
const broughtAlong = (form: Form, { parameters }: Asked): Readonly<Record<string, unknown>> => {
  const names = new Set(pageFields(form).map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(parameters).filter(
      ([name, value]) => value !== '' && (names.has(name) || /^utm_(?:source|medium|campaign|term|content)$/.test(name)),
    ),
  );
};

/** 200 with the form. */
export const emptyPage = (form: Form, request: Asked): Answer => {
  const frame = frameOf(request);
  return page(200, formPage(form, broughtAlong(form, request), [], frame), form, frame);
};

/** 404 for people. */
export const missingPage = (request: Asked): Answer => {
  const frame = frameOf(request);
  return page(404, missingDocument(frame), undefined, frame);
};

/** 202 with thanks. */
export const thanksPage = (form: Form, request: Asked): Answer => {
  const frame = frameOf(request);
  return page(202, thanksDocument(form, frame), form, frame);
};

/** The form again with what was typed and what is wrong, for a refusal that can be mended by typing or waiting; undefined for another. */
export const refusalPage = (form: Form, request: Asked, problem: Problem): Answer | undefined => {
  if (problem.status !== 422 && problem.status !== 429) return undefined;
  const frame = frameOf(request);
  const faults =
    problem.errors === undefined
      ? [{ name: undefined, words: 'Too many forms were sent from here. Wait a minute, then send it again' }]
      : faultsOf(problem.errors, pageFields(form), consentName(form));
  const answer = page(problem.status, formPage(form, request.fields, faults, frame), form, frame);
  return { ...answer, headers: { ...problem.headers, ...answer.headers } };
};
