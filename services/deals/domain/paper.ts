import { type Dinero, dinero, toDecimal } from 'dinero.js/bigint';
import * as currencies from 'dinero.js/bigint/currencies';
import type { Money } from '#contracts/core/values.ts';

const listed: ReadonlyMap<string, { readonly base: bigint | readonly bigint[]; readonly exponent: bigint }> = new Map(
  Object.entries(currencies),
);

/** Decimals of a currency (ISO 4217: JPY 0, EUR 2, BHD 3). */
const decimalsOf = (currency: string): bigint => {
  const { base, exponent } = listed.get(currency) ?? { base: 10n, exponent: 2n };
  // An ariary has five iraimbilanja, but ISO 4217 gives it, and the ouguiya, two decimals like most.
  return base === 10n ? exponent : 2n;
};

/** An amount as it stands on paper, without its currency: `1,299.00`. */
export const amountText = ({ amount, currency }: Money): string => {
  const exact: Dinero<bigint, string> = dinero({
    amount: BigInt(amount),
    currency: { code: currency, base: 10n, exponent: decimalsOf(currency) },
  });
  return toDecimal(exact).replace(/^\d+/, (whole) => whole.replace(/\B(?=(?:\d{3})+$)/g, ','));
};

const months = 'January February March April May June July August September October November December'.split(' ');

/** A day, or the UTC day of a time, in words that are read the same everywhere: `7 December 2026`. */
export const dayText = (at: string): string => {
  const [year, month, day] = at.slice(0, 10).split('-').map(Number);
  return `${day} ${months[(month ?? 1) - 1]} ${year}`;
};
