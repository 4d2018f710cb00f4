import { expect, it } from 'vitest';
import { domainOfEmail, isFreeMailDomain } from './free-mail.ts';

it.each([
  'gmail.com',
  'GoogleMail.com',
  'hotmail.co.uk',
  'yahoo.com.br',
  'outlook.de',
  'web.de',
  'proton.me',
  'tuta.io',
  'qq.com',
  'posteo.de',
])('knows that anybody gets a mailbox at %s', (domain) => {
  expect(isFreeMailDomain(domain)).toBe(true);
});

it.each(['acme.com', 'acme.example', 'example.com', 'mail.acme.com', 'yahoo-inc.com', 'live.acme.com', 'hotmail.acme.co.uk'])(
  'takes %s for the domain of a company',
  (domain) => {
    expect(isFreeMailDomain(domain)).toBe(false);
  },
);

it('takes what follows the last at-sign for the domain', () => {
  expect(domainOfEmail('"a@b"@Acme.Example')).toBe('acme.example');
});
