import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import type { ToE164 } from './lead.ts';

const region = (country: string | undefined): { defaultCountry?: CountryCode } => {
  const code = country?.toUpperCase();
  return code !== undefined && isSupportedCountry(code) ? { defaultCountry: code } : {};
};

/** Reads a phone number by libphonenumber's numbering plans. Imported with the first phone only: loading them takes milliseconds. */
export const toE164: ToE164 = (phone, country) => {
  const parsed = parsePhoneNumberFromString(phone, { ...region(country), extract: false });
  return parsed?.isPossible() === true ? parsed.number : undefined;
};
