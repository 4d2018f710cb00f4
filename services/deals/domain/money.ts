import { type Dinero, dinero, halfEven, multiply, toSnapshot, transformScale } from 'dinero.js/bigint';
import type { Money } from '#contracts/core/values.ts';
import type { LineItem, TaxLine, ValuedLine } from '#contracts/resources/line-item.ts';

/** A decimal number, exactly: `amount / 10^scale`. */
interface Decimal {
  readonly amount: bigint;
  readonly scale: bigint;
}

/** `"2.50"` is 250 / 10^2. Takes no sign and no exponent. */
const decimal = (text: string): Decimal => {
  const [whole = '0', fraction = ''] = text.split('.');
  return { amount: BigInt(whole + fraction), scale: BigInt(fraction.length) };
};

/** A percentage of at most a few decimals, as the share of 1 that it is. */
const shareOf = (percent: number): Decimal => {
  const { amount, scale } = decimal(String(percent));
  return { amount, scale: scale + 2n };
};

const restOf = (percent: number): Decimal => {
  const { amount, scale } = shareOf(percent);
  return { amount: 10n ** scale - amount, scale };
};

type Exact = Dinero<bigint, string>;

// All amounts here are in the minor unit, whatever part of the currency that is (ISO 4217: none of a yen, a hundredth of a euro, a thousandth of a
// Bahraini dinar), so that one is the smallest amount there is and what is rounded is rounded to it.
const exact = ({ amount, currency }: Money): Exact =>
  dinero({ amount: BigInt(amount), currency: { code: currency, base: 10n, exponent: 0n } });

/** To the minor unit, halves to the even one (IEEE 754 roundTiesToEven, "banker's rounding"). */
const rounded = (value: Exact): bigint => toSnapshot(transformScale(value, 0n, halfEven)).amount;

/** `percent` (0 to 100) of an amount, rounded half-even to the minor unit. */
export const share = (amount: Money, percent: number): Money => ({
  amount: Number(rounded(multiply(exact(amount), shareOf(percent)))),
  currency: amount.currency,
});

const netOf = ({ unitPrice, quantity, discountPercent = 0 }: LineItem): bigint =>
  rounded(multiply(multiply(exact(unitPrice), decimal(quantity)), restOf(discountPercent)));

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/** What line items come to. */
export interface Valuation {
  readonly lineItems: ValuedLine[];
  readonly net: Money;
  /** By rate, the lowest first; lines without a rate are in none. */
  readonly tax: TaxLine[];
  readonly total: Money;
}

/**
 * Values line items (one at least, of one currency): each net rounded by itself, tax per rate over the nets of that rate, rounded once. Undefined when the
 * total is beyond 2^53 - 1 and JSON could not carry it.
 */
export const valuationOf = (items: readonly LineItem[]): Valuation | undefined => {
  const [first] = items;
  if (first === undefined) throw new TypeError('there is nothing to be valued');
  const { currency } = first.unitPrice;
  const money = (amount: bigint): Money => ({ amount: Number(amount), currency });

  const valued = items.map((item) => ({ item, net: netOf(item) }));
  const rates = [...new Set(items.flatMap(({ taxPercent }) => (taxPercent === undefined ? [] : [taxPercent])))].sort((a, b) => a - b);
  const net = sum(valued.map((line) => line.net));
  const bases = rates.map((percent) => ({
    percent,
    base: sum(valued.filter(({ item }) => item.taxPercent === percent).map((line) => line.net)),
  }));
  // Nothing here is more than twice the net: tax is 100 % at most.
  if (2n * net > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const tax = bases.map(({ percent, base }): TaxLine => ({ percent, base: money(base), amount: share(money(base), percent) }));
  return {
    lineItems: valued.map((line) => ({ ...line.item, net: money(line.net) })),
    net: money(net),
    tax,
    total: money(net + sum(tax.map(({ amount }) => BigInt(amount.amount)))),
  };
};
