import common from 'email-providers/common.json' with { type: 'json' };

// The package's common list (4.6 KB) has the 355 best known providers. Its whole list (137 KB) would take a third of a function's bundle.
/** Free-mail hosts that the common list leaves out. */
const others = [
  'email.cz',
  'fastmail.com',
  'fastmail.fm',
  'googlemail.com',
  'inbox.lv',
  'kakao.com',
  'mailfence.com',
  'passport.com',
  'pm.me',
  'posteo.de',
  'posteo.net',
  'privaterelay.appleid.com',
  'rediffmail.com',
  'riseup.net',
  'rocketmail.com',
  'tuta.com',
  'tuta.io',
  'tutamail.com',
  'tutanota.com',
  'tutanota.de',
  'volny.cz',
];

/** Brands that give away addresses under the domains of many countries: `hotmail.co.uk`, `yahoo.com.br`. */
const families = new Set(['gmx', 'hotmail', 'live', 'msn', 'outlook', 'yahoo', 'yandex', 'ymail']);
const countryEnding = /^(?:com?\.)?[a-z]{2,3}$/;

// RFC 2606 sets these aside for documentation; nobody has a free mailbox there, though lists of providers carry some.
const reserved = new Set(['example.com', 'example.net', 'example.org']);

const freeDomains = new Set([...common, ...others].filter((domain) => !reserved.has(domain)));

/** The part of an e-mail address after its last `@`, lower-cased. */
export const domainOfEmail = (email: string): string => email.slice(email.lastIndexOf('@') + 1).toLowerCase();

/**
 * True for domains at which anybody gets a mailbox, so that sharing one does not make two people colleagues. Both scoring (`freeEmail`)
 * and matching of accounts must judge alike.
 */
export const isFreeMailDomain = (domain: string): boolean => {
  const name = domain.toLowerCase();
  if (freeDomains.has(name)) return true;
  const dot = name.indexOf('.');
  return dot > 0 && families.has(name.slice(0, dot)) && countryEnding.test(name.slice(dot + 1));
};
