import * as z from 'zod/mini';
import { once, string } from './schema.ts';

// Joiners (ZWJ, ZWNJ) are Cf and are kept: names and emoji need them.
const controlCharacters = /(?![\t\n])\p{Cc}/u;

/** Trimmed, Unicode NFC, CRLF and lone CR as newline (contract.md section 1, Text). */
export const normalizeText = (value: string): string => value.replace(/\r\n?/g, '\n').normalize('NFC').trim();

const normalized = z.overwrite(normalizeText);
const notEmpty = z.minLength(1);
const printable = z.refine<string>((value) => !controlCharacters.test(value), {
  error: 'must not contain control characters',
  params: { code: 'control_character' },
});

/** A line of text: 1 to `max` characters (500 unless told) after trimming. */
export const text = once((max: number = 500) => string(normalized, notEmpty, z.maxLength(max), printable));

/** Long text (`message`, `body`, `note`, `consentText`): 1 to 10,000 characters after trimming. */
export const longText = () => text(10_000);

/** Who answers for a record; any string of at most 200 characters. */
export const owner = () => text(200);

// The pattern HTML gives for <input type=email>, plus one dot in the domain. No backtracking: each label is bounded.
// Source: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const emailPattern = new RegExp(`^[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]+@${label}(?:\\.${label})+$`);

const asciiDomain = (value: string): string => {
  const at = value.lastIndexOf('@');
  const domain = value.slice(at + 1);
  if (at < 1 || !/\P{ASCII}/u.test(domain)) return value;
  // An internationalised domain is what a browser submits as punycode (HTML: "convert the host to ASCII").
  const host = URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`).hostname : domain;
  return `${value.slice(0, at + 1)}${host}`;
};

/** An e-mail address valid by HTML's definition, with a dot in its domain; kept and compared lower-cased, at most 254 characters. */
export const email = once(() =>
  string(
    z.overwrite((value) => asciiDomain(normalizeText(value)).toLowerCase()),
    z.maxLength(254),
    z.regex(emailPattern, { error: 'is not a valid e-mail address' }),
  ),
);

/** Kept as typed and never refused for its form (contract.md section 1). */
export const phone = () => text();

/** A tag, lower-cased, at most 500 characters. */
export const tag = once(() => string(normalized, notEmpty, z.maxLength(500), printable, z.toLowerCase()));

/** Up to 50 tags, lower-cased, without repetition. */
export const tags = once(() =>
  z.array(tag()).check(
    z.maxLength(50),
    z.overwrite((values) => [...new Set(values)]),
  ),
);

/** An absolute URL with http or https, at most 500 characters, none of them a control character. */
export const webUrl = once(() =>
  string(
    normalized,
    z.maxLength(500),
    // A parser skips newlines and tabs; whoever is sent there by a header would not get that far.
    z.refine((value) => !/\p{Cc}/u.test(value) && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), {
      error: 'must be an http or https URL',
      params: { code: 'url' },
    }),
  ),
);

/** ISO 3166-1 alpha-2, upper case. */
export const country = once(() =>
  string(
    z.overwrite((value) => normalizeText(value).toUpperCase()),
    z.regex(/^[A-Z]{2}$/, { error: 'must be a two-letter ISO 3166-1 country code' }),
  ),
);
