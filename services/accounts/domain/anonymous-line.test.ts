import { describe, expect, it } from 'vitest';
import { redactionOf } from '#contracts/core/redaction.ts';
import { anonymousAccountData, anonymousData, redactedData } from './anonymous-line.ts';

const redact = redactionOf({ emails: ['ada@x.example'], phones: [], names: [{ firstName: 'Ada', lastName: 'Lovelace' }] });
const sought = { redact, held: new Set(['ada@x.example']) };
const ids = { id: 'acct_01J00000000000000000000001', kind: 'business', type: 'customer' };
const mails = [
  { label: 'a', value: 'ada@x.example' },
  { label: 'b', value: 'info@x.example' },
];

describe('a line about an erased person', () => {
  it('keeps that there was an interaction and not a word of it', () => {
    const interaction = {
      id: 'int_1',
      kind: 'call',
      subject: 'Ada',
      body: 'said',
      contactId: 'cont_1',
      externalId: 'x',
      occurredAt: 'now',
    };
    expect(anonymousData('InteractionLogged', { interaction }, redact)).toEqual({
      interaction: { id: 'int_1', kind: 'call', occurredAt: 'now' },
    });
  });

  it('keeps a deal by its name, without the name of the person', () => {
    expect(anonymousData('DealWon', { dealId: 'deal_1', name: 'Engine for Ada', note: 'tall' }, redact)).toEqual({
      dealId: 'deal_1',
      name: 'Engine for [erased]',
    });
    expect(anonymousData('LeadDisqualified', { reason: 'Ada declined' }, redact)).toEqual({});
  });

  it('keeps nothing of an account that was the person but that it was one', () => {
    const account = { ...ids, name: 'Ada Lovelace', segment: 'countess', emails: mails };
    expect(anonymousAccountData('AccountCreated', { account }, redact)).toEqual({ account: { ...ids, name: '[erased]' } });
  });
});

describe('a line about others', () => {
  it('leaves a company its name and its own addresses', () => {
    const account = { ...ids, name: 'Lovelace Ltd', emails: mails, customFields: { contact: 'Ada Lovelace' } };
    expect(redactedData({ account, accountName: 'Lovelace Ltd', changed: ['name'] }, sought)).toEqual({
      account: { ...account, emails: [mails[1]], customFields: { contact: '[erased]' } },
      accountName: 'Lovelace Ltd',
      changed: ['name'],
    });
  });

  it('leaves a namesake its name, and what it shares', () => {
    const contact = { firstName: 'Ada', lastName: 'Byron', jobTitle: 'Assistant of Ada Lovelace', emails: mails };
    expect(redactedData({ contact }, sought)).toEqual({ contact: { ...contact, jobTitle: 'Assistant of [erased]', emails: [mails[1]] } });
  });

  it('does not name the account that was the person', () => {
    expect(redactedData({ accountName: 'Countess', account: { ...ids, name: 'Countess' } }, sought, true)).toEqual({
      accountName: '[erased]',
      account: { ...ids, name: '[erased]' },
    });
  });
});
