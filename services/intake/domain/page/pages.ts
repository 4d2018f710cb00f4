import type { FormInput } from '#contracts/resources/form.ts';
import { isYes, textOf } from '../form-fields.ts';
import { countries } from './countries.ts';
import type { Fault } from './faults.ts';
import { consentName, type PageField, pageFields } from './fields.ts';
import { html, Markup } from './markup.ts';
import { style, styleHash } from './style.ts';

/** What was typed, or comes with the link, by the name it is posted under. */
export type Typed = Readonly<Record<string, unknown>>;

/** How a page is shown: whole, or within a page of the form's owner. */
export interface Frame {
  readonly embedded: boolean;
}

const document = (title: string, { embedded }: Frame, content: Markup): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body${embedded && html` class="embedded"`}>
<main>
${content}
</main>
</body>
</html>
`.text;

/** The text of a field on the page, as it was typed; of several values all, as the lead would have them. */
const typedText = (typed: Typed, name: string): string => {
  const value = Object.hasOwn(typed, name) ? typed[name] : undefined;
  return typeof value === 'string' ? value : (textOf(value) ?? '');
};

const countryOptions = (chosen: string): readonly Markup[] => {
  const all = countries();
  const isListed = chosen === '' || all.some(({ code }) => code === chosen);
  return [
    html`<option value=""></option>`,
    ...(isListed ? [] : [html`<option selected>${chosen}</option>`]),
    ...all.map(({ code, name }) => html`<option value="${code}"${code === chosen && html` selected`}>${name}</option>`),
  ];
};

const controlOf = (field: PageField, id: string, value: string, isWrong: boolean): Markup => {
  const { name, autocomplete, required } = field;
  const attributes = html`id="${id}" name="${name}"${autocomplete !== undefined && html` autocomplete="${autocomplete}"`}${required && html` required`}${isWrong && html` aria-invalid="true" aria-describedby="${id}-fault"`}`;
  switch (field.control) {
    case 'textarea':
      // The parser drops a newline that begins a text area, so one of ours goes before what was typed.
      return html`<textarea ${attributes} rows="5">
${value}</textarea>`;
    case 'country':
      return html`<select ${attributes}>${countryOptions(value)}</select>`;
    case 'input':
      return html`<input ${attributes} type="${field.type}" value="${value}">`;
  }
};

const faultOf = (id: string, fault: Fault | undefined): Markup | undefined =>
  fault && html`<p class="fault" id="${id}-fault">${fault.words}</p>`;

const fieldOf = (field: PageField, index: number, value: string, fault: Fault | undefined): Markup => {
  const id = `field-${index}`;
  return html`<div class="field${field.half && ' half'}${fault && ' wrong'}">
<label for="${id}">${field.label}${!field.required && html` <span class="optional">(optional)</span>`}</label>
${controlOf(field, id, value, fault !== undefined)}
${faultOf(id, fault)}
</div>
`;
};

const consentOf = (form: FormInput, typed: Typed, fault: Fault | undefined): Markup | undefined => {
  if (form.consentText === undefined) return undefined;
  const name = consentName(form);
  const isRequired = form.requiredFields?.includes('consent.marketing') === true;
  return html`<div class="choice${fault && ' wrong'}">
<input id="consent" name="${name}" type="checkbox" value="yes"${isYes(typedText(typed, name)) && html` checked`}${isRequired && html` required`}${fault && html` aria-invalid="true" aria-describedby="consent-fault"`}>
<label for="consent">${form.consentText}</label>
${faultOf('consent', fault)}
</div>
`;
};

/** What robots fill in and people don't meet: not by sight, by keyboard or by ear. Hidden fields and `display: none` they know. */
const trapOf = ({ honeypotField }: FormInput): Markup => html`<div class="aside" aria-hidden="true">
<label for="trap">Leave this empty</label>
<input id="trap" name="${honeypotField}" type="text" tabindex="-1" autocomplete="off" value="">
</div>
`;

/** What came along without being shown goes along again. */
const carriedOf = (typed: Typed, shown: ReadonlySet<string>): readonly Markup[] =>
  Object.entries(typed)
    .filter(([name]) => !shown.has(name))
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one: unknown) => [name, textOf(one) ?? ''] as const))
    .map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`);

const summaryOf = (faults: readonly Fault[], idOf: (name: string) => string): Markup | undefined => {
  if (faults.length === 0) return undefined;
  const items = faults.map(({ name, words }) =>
    name === undefined ? html`<li>${words}</li>\n` : html`<li><a href="#${idOf(name)}">${words}</a></li>\n`,
  );
  return html`<div class="summary" role="alert" tabindex="-1" autofocus aria-labelledby="summary">
<h2 id="summary">There is a problem</h2>
<ul>
${items}</ul>
</div>
`;
};

/** The form as a page. With faults it says them first, each with a link to its field, and again beside the field. */
export const formPage = (form: FormInput & { readonly id: string }, typed: Typed, faults: readonly Fault[], frame: Frame): string => {
  const fields = pageFields(form);
  const consent = form.consentText === undefined ? undefined : consentName(form);
  const idOf = (name: string): string => (name === consent ? 'consent' : `field-${fields.findIndex((field) => field.name === name)}`);
  const faultAt = (name: string | undefined): Fault | undefined => faults.find((fault) => name !== undefined && fault.name === name);
  const shown = new Set([...fields.map(({ name }) => name), form.honeypotField, ...(consent === undefined ? [] : [consent])]);
  const textFor = ({ name, control }: PageField): string => typedText(typed, name) || (control === 'country' ? (form.country ?? '') : '');
  return document(
    faults.length === 0 ? form.name : `Error: ${form.name}`,
    frame,
    html`${summaryOf(faults, idOf)}<h1>${form.name}</h1>
<form method="post" action="/v1/forms/${form.id}/submissions${frame.embedded && '?embed=1'}" novalidate>
${fields.map((field, index) => fieldOf(field, index, textFor(field), faultAt(field.name)))}${consentOf(form, typed, faultAt(consent))}${trapOf(form)}${carriedOf(typed, shown)}<button type="submit">Send</button>
</form>`,
  );
};

/** What a person sees whose form was taken. */
export const thanksDocument = (form: FormInput, frame: Frame): string =>
  document(
    `Thank you – ${form.name}`,
    frame,
    html`<h1>Thank you</h1>
<p>We have received what you sent.</p>`,
  );

/** What a person sees at a form that is not there, or not any more. */
export const missingDocument = (frame: Frame): string =>
  document(
    'Page not found',
    frame,
    html`<h1>Page not found</h1>
<p>This form does not exist, or it is closed.</p>`,
  );

/** Origins of http and https that stand for themselves in a policy: a host may hold a semicolon. */
const sources = (origins: readonly string[]): readonly string[] => origins.filter((origin) => /^https?:\/\/[\w.:[\]-]+$/.test(origin));

/** What the page may do: its own style, a post to where its form is taken, and be framed by the form's origins when embedded. */
export const policyOf = (form: FormInput | undefined, { embedded }: Frame): string => {
  const allowed = form?.allowedOrigins ?? [];
  const framers = allowed.length === 0 ? ['*'] : ["'self'", ...sources(allowed)];
  // Browsers hold the redirection that answers a form's post to this too.
  const targets = form?.redirectUrl === undefined ? [] : sources([new URL(form.redirectUrl).origin]);
  return [
    "default-src 'none'",
    `style-src ${styleHash}`,
    'img-src data:',
    `form-action ${["'self'", ...targets].join(' ')}`,
    `frame-ancestors ${embedded ? framers.join(' ') : "'none'"}`,
    "base-uri 'none'",
  ].join('; ');
};
