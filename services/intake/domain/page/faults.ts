import type { FieldError } from '#contracts/core/problems.ts';
import type { PageField } from './fields.ts';

/** A fault in words for the person who filled the form in. */
export interface Fault {
  /** The name of the field of the page that it is about, if it is about one. */
  readonly name: string | undefined;
  readonly words: string;
}

/** The first part of a JSON Pointer: the name of a field. */
const nameIn = (pointer: string): string => (pointer.split('/')[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~');

const wordsFor = ({ code, detail }: FieldError, field: PageField | undefined, name: string): string => {
  if (code === 'contact_missing') return 'Enter an e-mail address or a phone number';
  if (field === undefined) return name === '' ? `What you entered ${detail}` : `“${name}” ${detail}`;
  if (code === 'required') return field.label.endsWith('?') ? `Answer “${field.label}”` : `Enter your ${field.label.toLowerCase()}`;
  if (field.field === 'email') return 'Enter an e-mail address in the form name@example.com';
  return `${field.label} ${detail}`;
};

/** The faults in the order of the page's fields, one for each field, those about no field of it last. */
export const faultsOf = (errors: readonly FieldError[], fields: readonly PageField[], consent: string): readonly Fault[] => {
  const faults = new Map<string, Fault>();
  const fieldAt = (name: string): PageField | undefined => fields.find((candidate) => candidate.name === name);
  const isAskedFor = errors.some(({ code, pointer }) => code === 'required' && fieldAt(nameIn(pointer))?.field === 'phone');
  for (const error of errors) {
    const name = nameIn(error.pointer);
    const field = fieldAt(name);
    // Who has to enter a phone number need not hear that an e-mail would have done as well.
    if (faults.has(name) || (error.code === 'contact_missing' && isAskedFor)) continue;
    if (name === consent) faults.set(name, { name, words: 'Tick the box to agree' });
    else faults.set(name, { name: field === undefined ? undefined : name, words: wordsFor(error, field, name) });
  }
  const order = [...fields.map(({ name }) => name), consent];
  const place = ({ name }: Fault): number => (name === undefined ? order.length : order.indexOf(name));
  return [...faults.values()].sort((a, b) => place(a) - place(b));
};
