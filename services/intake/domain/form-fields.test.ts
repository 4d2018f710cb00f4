import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormInput } from '#contracts/resources/form.ts';
import { isSpam, mapForm, splitName } from './form-fields.ts';

const form = (settings: Record<string, unknown> = {}) => FormInput.parse({ name: 'F', source: 'web', ...settings });
const mapped = (payload: Record<string, unknown>, settings: Record<string, unknown> = {}) => {
  const { fields, custom } = mapForm(form(settings), payload);
  return { fields: Object.fromEntries([...fields].map(([name, { value }]) => [name, value])), custom: Object.fromEntries(custom) };
};

/** One of our names as people write it: words parted by anything usual, in any case. */
const spelled = fc
  .tuple(
    fc.constantFrom(
      ['first', 'name', 'firstName'],
      ['last', 'name', 'lastName'],
      ['e', 'mail', 'email'],
      ['job', 'title', 'jobTitle'],
      ['landing', 'page', 'landingPage'],
      ['utm', 'source', 'utm.source'],
      ['full', 'name', 'name'],
    ),
    fc.constantFrom('', ' ', '_', '-', '.', '__'),
    fc.constantFrom(
      (text: string) => text,
      (text: string) => text.toUpperCase(),
      (text: string) => text.charAt(0).toUpperCase() + text.slice(1),
    ),
  )
  .map(([[first = '', second = '', ours = ''], separator, write]) => ({ theirs: `${write(first)}${separator}${write(second)}`, ours }));

const said = fc.string({ minLength: 1, maxLength: 40 }).filter((text) => text.trim() !== '');

describe('the fields of a form', () => {
  it('are known by our names in any case and spacing', () => {
    fc.assert(
      fc.property(spelled, said, ({ theirs, ours }, value) => {
        expect(mapped({ [theirs]: value })).toEqual({ fields: { [ours]: value.trim() }, custom: {} });
      }),
    );
  });

  it('are all kept: each that says something is a field of ours or under its own name, once', () => {
    const names = fc.oneof(
      spelled.map(({ theirs }) => theirs),
      fc.string({ minLength: 1, maxLength: 20 }),
    );
    const values = fc.oneof(
      said,
      fc.integer(),
      fc.boolean(),
      fc.array(said, { minLength: 1, maxLength: 3 }),
      fc.constant(''),
      fc.constant(null),
    );
    fc.assert(
      fc.property(fc.dictionary(names, values), (payload) => {
        const { fields, custom } = mapForm(form(), payload);
        const kept = [...fields.values()].map(({ theirs }) => theirs).concat([...custom.keys()]);
        const speaking = Object.entries(payload)
          .filter(([name, value]) => name !== 'website_url' && value !== '' && value !== null)
          .map(([name]) => name);
        expect(kept.sort()).toEqual(speaking.sort());
      }),
    );
  });

  it('are taken as the form maps them before our names are looked at', () => {
    expect(
      mapped({ Firma: 'Acme', company: 'Other', 'Ihre E-Mail': 'a@b.de' }, { fieldMap: { Firma: 'company', 'ihre e-mail': 'email' } }),
    ).toEqual({
      fields: { company: 'Acme', email: 'a@b.de' },
      custom: { company: 'Other' },
    });
  });

  it('may be mapped away from what their name says', () => {
    expect(mapped({ phone: 'a@b.de' }, { fieldMap: { phone: 'email' } }).fields).toEqual({ email: 'a@b.de' });
  });

  it('given several times keep all values, and numbers and booleans stay what they are among the rest', () => {
    expect(mapped({ interest: ['crm', '', 'erp'], seats: 12, newsletter: true, nested: { a: 1 } })).toEqual({
      fields: { interest: 'crm, erp' },
      custom: { seats: 12, newsletter: true, nested: '{"a":1}' },
    });
  });

  it('never set what is the form’s to say', () => {
    expect(mapped({ source: 'x', campaign: 'y', channel: 'z', owner: 'o', tags: 't', status: 'converted', score: 100 }).fields).toEqual({});
  });

  it('of utm come flat or in an object', () => {
    expect(mapped({ utm: { source: 'news', odd: 'x' }, utm_medium: 'mail' })).toEqual({
      fields: { 'utm.source': 'news', 'utm.medium': 'mail' },
      custom: { 'utm.odd': 'x' },
    });
  });
});

describe('a full name', () => {
  it('is split at its last space', () => {
    expect(splitName('  Ada King  Lovelace ')).toEqual({ firstName: 'Ada King', lastName: 'Lovelace' });
    expect(splitName('Ada')).toEqual({ lastName: 'Ada' });
  });

  it('loses no word', () => {
    const word = fc.string({ minLength: 1, maxLength: 10 }).filter((text) => !/\s/u.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        const { firstName, lastName } = splitName(words.join(' '));
        expect([firstName, lastName].filter((part) => part !== undefined).join(' ')).toBe(words.join(' '));
        expect(lastName).toBe(words.at(-1));
      }),
    );
  });
});

it('the trap is sprung by anything but blanks', () => {
  expect(isSpam(form(), { website_url: ' ' })).toBe(false);
  expect(isSpam(form(), {})).toBe(false);
  expect(isSpam(form(), { website_url: ['', 'x'] })).toBe(true);
  expect(isSpam(form({ honeypotField: 'fax' }), { website_url: 'x' })).toBe(false);
});
