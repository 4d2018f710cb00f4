import type { Money } from '#contracts/core/values.ts';

/**
 * `numerator / denominator` rounded to an integer, halves to the even one (IEEE 754 roundTiesToEven, "banker's rounding"). Both not negative,
 * the denominator above 0.
 */
export const divideHalfEven = (numerator: bigint, denominator: bigint): bigint => {
  const quotient = numerator / denominator;
  const twice = 2n * (numerator % denominator);
  const roundsUp = twice > denominator || (twice === denominator && quotient % 2n === 1n);
  return roundsUp ? quotient + 1n : quotient;
};

/** Percent in hundredths, exactly: percents have two decimals at most, so 33.33 is 3333. */
const hundredths = (percent: number): bigint => BigInt(Math.round(percent * 100));

/** `percent` (0 to 100, two decimals) of an amount, rounded half-even to the minor unit. */
export const share = (amount: Money, percent: number): Money => ({
  amount: Number(divideHalfEven(BigInt(amount.amount) * hundredths(percent), 10_000n)),
  currency: amount.currency,
});
