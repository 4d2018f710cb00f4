import { type CountryCode, getCountries, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { ToE164 } from './lead.ts';

/** What people and exports call countries beside their English names (CLDR). */
const otherNames: readonly (readonly [string, CountryCode])[] = [
  ['usa', 'US'],
  ['united states of america', 'US'],
  ['uk', 'GB'],
  ['great britain', 'GB'],
  ['england', 'GB'],
  ['czech republic', 'CZ'],
  ['turkey', 'TR'],
  ['deutschland', 'DE'],
  ['österreich', 'AT'],
  ['schweiz', 'CH'],
];

const namedCountries = (): ReadonlyMap<string, CountryCode> => {
  const names = new Intl.DisplayNames('en', { type: 'region' });
  return new Map([...getCountries().map((code) => [names.of(code)?.toLowerCase() ?? code, code] as const), ...otherNames]);
};

let byName: ReadonlyMap<string, CountryCode> | undefined;

/** A code of two letters, or the country's name: lists and exports of other systems have names. */
const region = (country: string | undefined): { defaultCountry?: CountryCode } => {
  const code = country?.toUpperCase();
  if (code === undefined || isSupportedCountry(code)) return code === undefined ? {} : { defaultCountry: code };
  byName ??= namedCountries();
  const named = byName.get(code.toLowerCase());
  return named === undefined ? {} : { defaultCountry: named };
};

/** Reads a phone number by libphonenumber's numbering plans. Imported with the first phone only: loading them takes milliseconds. */
export const toE164: ToE164 = (phone, country) => {
  const parsed = parsePhoneNumberFromString(phone, { ...region(country), extract: false });
  return parsed?.isPossible() === true ? parsed.number : undefined;
};
