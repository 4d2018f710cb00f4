import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { customFields } from '#contracts/core/values.ts';
import { FormInput, mappableFields } from '#contracts/resources/form.ts';
import type { VendorAnswer } from './delivery.ts';
import { mapAnswers } from './map-answers.ts';
import { readDelivery, type VendorFormat } from './read-delivery.ts';

const form = (settings: Record<string, unknown> = {}) => FormInput.parse({ name: 'F', source: 'web', ...settings });
const labelled = (label: string, value: unknown = 'x'): VendorAnswer => ({ names: ['q1'], label, value });
const mapped = (answers: readonly VendorAnswer[], settings: Record<string, unknown> = {}) => {
  const { fields, custom } = mapAnswers(form(settings), answers);
  return { fields: Object.fromEntries([...fields].map(([name, { value }]) => [name, value])), custom: Object.fromEntries(custom) };
};

describe('a vendor’s answer', () => {
  it.each([
    ['E-mail', 'email'],
    ['What is your email address?', 'email'],
    ['Work e-mail *', 'email'],
    ['What’s your first name?', 'firstName'],
    ['Your surname', 'lastName'],
    ['Please enter your full name', 'name'],
    ['Name (required)', 'name'],
    ['Mobile number (optional)', 'phone'],
    ['Company name', 'company'],
    ['Your organisation', 'company'],
    ['Job Title', 'jobTitle'],
    ['What is your role?', 'jobTitle'],
    ['Company website', 'website'],
    ['How can we help you?', 'message'],
    ['Your message', 'message'],
  ])('to “%s” is the %s', (label, field) => {
    expect(mapped([labelled(label)])).toEqual({ fields: { [field]: 'x' }, custom: {} });
  });

  it.each(['Company size', 'Which pet name do you like?', 'Email me the newsletter', 'First', ''])(
    'to “%s” is guessed only where it is sure',
    (label) => {
      const { fields } = mapped([labelled(label)]);
      expect(Object.keys(fields)).toEqual(label === 'First' ? ['firstName'] : []);
    },
  );

  it('is mapped by the form’s own map before anything else, by name, key or label', () => {
    const answers = [labelled('Email', 'a@b.example'), { names: ['budget'], label: 'Budget?', value: '5' }];
    expect(mapped(answers, { fieldMap: { Budget: 'interest', q1: 'message' } }).fields).toEqual({ message: 'a@b.example', interest: '5' });
    expect(mapped(answers, { fieldMap: { 'Budget?': 'interest' } }).fields).toEqual({ email: 'a@b.example', interest: '5' });
  });

  it('by name wins over label, label over type; the first wins among equals and the others are kept', () => {
    const answers: VendorAnswer[] = [
      { names: ['a'], label: 'Where do we write to?', meaning: 'email', value: 'type@x.example' },
      { names: ['b'], label: 'Email', value: 'label@x.example' },
      { names: ['email'], label: 'Third', value: 'name@x.example' },
    ];
    expect(mapped(answers)).toEqual({
      fields: { email: 'name@x.example' },
      custom: { 'Where do we write to?': 'type@x.example', Email: 'label@x.example' },
    });
  });

  it('that is a link to a network is no website, and a text too long for its field is kept as it came', () => {
    const long = 'x'.repeat(501);
    expect(
      mapped([{ names: [], label: 'LinkedIn profile', meaning: 'website', value: 'https://l.example' }, labelled('Job title', long)]),
    ).toEqual({
      fields: {},
      custom: { 'LinkedIn profile': 'https://l.example', 'Job title': long },
    });
  });

  const anyAnswer: fc.Arbitrary<VendorAnswer> = fc.record({
    names: fc.array(fc.oneof(fc.constantFrom(...mappableFields, '__proto__'), fc.string({ maxLength: 12 })), { maxLength: 2 }),
    label: fc.oneof(fc.string({ unit: 'grapheme', maxLength: 140 }), fc.constantFrom('Email', 'Same', '__proto__', '')),
    meaning: fc.constantFrom('email' as const, 'phone' as const, 'website' as const, undefined),
    value: fc.oneof(fc.string({ maxLength: 700 }), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string(), { maxLength: 3 })),
  });

  it('is never lost while there is room, and what is kept always fits a lead', () => {
    fc.assert(
      fc.property(fc.array(anyAnswer, { maxLength: 12 }), (answers) => {
        const { fields, custom } = mapAnswers(form(), answers);
        const said = answers.filter(({ value }) =>
          [value].flat().some((part) => part !== null && (typeof part !== 'string' || part.trim() !== '')),
        );
        expect(fields.size + custom.size).toBe(said.length);
        expect(customFields().safeParse(Object.fromEntries(custom)).success).toBe(true);
      }),
    );
  });

  it('beyond what a lead may hold stays in the submission alone', () => {
    const answers = Array.from({ length: 80 }, (_, index) => labelled(`Q${index}`, 'y'.repeat(1_000)));
    const { custom } = mapAnswers(form(), answers);
    expect(custom.size).toBeGreaterThan(10);
    expect(customFields().safeParse(Object.fromEntries(custom)).success).toBe(true);
  });
});

describe('any payload', () => {
  it('is read or refused, never a fault', () => {
    const formats: readonly VendorFormat[] = ['typeform', 'tally', 'webflow', 'google-ads', 'meta-lead-ads'];
    const part = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('email', 'choice', 'choices', 'payment', 'MATRIX', 'CHECKBOXES'));
    const answer = fc.record(
      { type: part, field: part, key: part, label: part, value: part, options: part, choice: part, choices: part },
      { requiredKeys: [] },
    );
    const field = fc.record(
      { id: part, title: part, properties: fc.record({ fields: fc.array(part, { maxLength: 2 }) }) },
      { requiredKeys: [] },
    );
    const payload = fc.record(
      {
        form_response: fc.record(
          {
            token: part,
            answers: fc.array(answer, { maxLength: 3 }),
            definition: fc.record({ fields: fc.array(field, { maxLength: 2 }) }),
            hidden: part,
          },
          { requiredKeys: [] },
        ),
        data: fc.oneof(part, fc.record({ fields: fc.array(answer, { maxLength: 3 }) })),
        payload: fc.oneof(part, fc.record({ data: fc.dictionary(fc.string(), part), schema: part })),
        user_column_data: fc.array(fc.record({ column_id: part, string_value: part }, { requiredKeys: [] }), { maxLength: 3 }),
        field_data: fc.array(fc.record({ name: part, values: part }, { requiredKeys: [] }), { maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...formats), payload, (format, sent) => {
        const delivery = readDelivery(format, sent);
        if (delivery !== undefined) mapAnswers(form(), delivery.answers);
      }),
      { numRuns: 500 },
    );
  });
});
