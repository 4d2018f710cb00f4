import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactionOf } from './redaction.ts';

const ada = {
  emails: ['ada@analytical.example'],
  phones: ['+44 20 7946 0018', '+442079460018'],
  names: [{ firstName: 'Ada', lastName: 'Lovelace' }],
};

describe('taking a person out of what others wrote', () => {
  const redact = redactionOf(ada);

  it.each([
    ['Ada Lovelace – New deal', '[erased] – New deal'],
    ['met ADA LOVELACE at the fair', 'met [erased] at the fair'],
    ['Lovelace, Ada', '[erased]'],
    ['Ask Ada about it', 'Ask [erased] about it'],
    ['wrote to Ada@Analytical.example today', 'wrote to [erased] today'],
    ['call +44 (20) 7946-0018 again', 'call [erased] again'],
    ['call 020 7946 0018, or 0044 20 79460018, or +44 (0)20/79460018', 'call [erased], or [erased], or [erased]'],
    ['mailto:ada@analytical.example.', 'mailto:[erased].'],
    ['https://people.example/ada@analytical.example/cv', 'https://people.example/erased/cv'],
  ])('finds the name, the address and the number in “%s”', (text, left) => {
    expect(redact(text)).toBe(left);
  });

  it.each([
    'Adaptation of the Adaline',
    'ada compiler',
    'wrote to jane-ada@analytical.example and xada@analytical.example',
    'ada@analytical.examples',
    'order 12079460018',
    'Analytical Engines Ltd',
    '2026-11-29T10:00:00.000Z',
    'lead_01M835Y93N31GXQ9M2TNJPJZJ8',
  ])('leaves “%s” as it is', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('does not take a word for a name that was typed like a word', () => {
    expect(
      redactionOf({ emails: [], phones: [], names: [{ firstName: 'mark', lastName: 'open' }] })({ status: 'open', note: 'mark it' }),
    ).toEqual({
      status: 'open',
      note: 'mark it',
    });
  });

  it('finds a name as it is written in a sentence, however it was typed into a form', () => {
    const typed = redactionOf({ emails: [], phones: [], names: [{ firstName: 'grace', lastName: 'HOPPER' }] });
    expect(typed('Grace agreed, says Hopper; by the grace of HOPPER')).toBe('[erased] agreed, says [erased]; by the grace of [erased]');
  });

  it('leaves who of us looks after it, even under the same name', () => {
    const deal = { name: 'Engine for Ada', owner: 'Ada Smith', source: 'Ada', customFields: { owner: 'Ada' } };
    expect(redact(deal)).toEqual({ name: 'Engine for [erased]', owner: 'Ada Smith', source: 'Ada', customFields: { owner: '[erased]' } });
  });

  it('finds a number that was typed as it is dialled at home in its international form', () => {
    const home = redactionOf({ emails: [], phones: ['(020) 7946 0018'], names: [] });
    expect(home('on +44 20 7946 0018 or 020-79460018')).toBe('on [erased] or [erased]');
  });

  it('goes through lists and members, their names too', () => {
    expect(redact({ notes: ['of Ada Lovelace', 7], custom: { 'Ada Lovelace': true } })).toEqual({
      notes: ['of [erased]', 7],
      custom: { '[erased]': true },
    });
  });

  it('leaves members that are told to be none of a person', () => {
    expect(redactionOf(ada, ['company'])({ name: 'Ada Lovelace', company: 'Ada Lovelace Ltd' })).toEqual({
      name: '[erased]',
      company: 'Ada Lovelace Ltd',
    });
  });

  it('makes no text longer than a text may be', () => {
    const text = `${'x'.repeat(490)} Ada`;
    expect(redact(`${text} Ada`).length).toBeLessThanOrEqual(500);
  });

  it('gives back the very value when nothing of the person is in it', () => {
    const value = { a: [{ b: 'c' }], d: null };
    expect(redact(value)).toBe(value);
  });

  it('takes out whatever somebody is called, and whatever the address', () => {
    const text = fc
      .string({ unit: fc.constantFrom(...'aé-/\\^$.*+?()[]{}|#@ß名 \'"_0'.split('')), minLength: 3, maxLength: 12 })
      .map((part) => `x${part.trim()}`);
    fc.assert(
      fc.property(text, text, text, (firstName, lastName, local) => {
        const email = `${local}@example-mail.com`;
        const take = redactionOf({ emails: [email], phones: [local], names: [{ firstName, lastName }] });
        const left = take(`To ${email}: ${firstName} ${lastName}.`);
        expect(left).not.toContain(email);
        expect(left).not.toContain(`${firstName} ${lastName}`);
      }),
    );
  });

  it('leaves no whole name, address or number, whatever stands around them', () => {
    const around = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => ` ${text} `);
    fc.assert(
      fc.property(around, around, fc.constantFrom('Ada Lovelace', 'ada@analytical.example', '+442079460018'), (before, after, who) => {
        expect(redact(`${before}${who}${after}`)).not.toContain(who);
      }),
    );
  });
});
