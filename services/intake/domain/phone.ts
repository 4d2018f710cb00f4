import type { CountryCode } from 'libphonenumber-js/min';
import type { ToE164 } from './lead.ts';

const notAPhone: ToE164 = () => undefined;

/**
 * Reads phone numbers with libphonenumber. Its numbering plans take milliseconds to load, so they are loaded with the first phone: `needed`
 * false gives a reader of nothing.
 */
export const phoneReader = async (needed: boolean): Promise<ToE164> => {
  if (!needed) return notAPhone;
  const { isSupportedCountry, parsePhoneNumberFromString } = await import('libphonenumber-js/min');
  const region = (country: string | undefined): { defaultCountry?: CountryCode } => {
    const code = country?.toUpperCase();
    return code !== undefined && isSupportedCountry(code) ? { defaultCountry: code } : {};
  };
  return (phone, country) => {
    const parsed = parsePhoneNumberFromString(phone, { ...region(country), extract: false });
    return parsed?.isPossible() === true ? parsed.number : undefined;
  };
};
