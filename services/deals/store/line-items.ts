import * as z from 'zod/mini';
import type { LineItem } from '#contracts/resources/line-item.ts';

const rate = z.nullable(z.number());

/** Line items as kept: without repeating the names of members and the currency, so that a deal with a few stays within a kilobyte. */
export const KeptLine = z.tuple([z.string(), z.string(), z.int(), rate, rate, z.nullable(z.string())]);
type KeptLine = z.infer<typeof KeptLine>;

export const keptLine = ({ name, quantity, unitPrice, taxPercent, discountPercent, sku }: LineItem): KeptLine => [
  name,
  quantity,
  unitPrice.amount,
  taxPercent ?? null,
  discountPercent ?? null,
  sku ?? null,
];

export const lineOf = ([name, quantity, amount, taxPercent, discountPercent, sku]: KeptLine, currency: string): LineItem => ({
  name,
  ...(sku === null ? {} : { sku }),
  quantity,
  unitPrice: { amount, currency },
  ...(discountPercent === null ? {} : { discountPercent }),
  ...(taxPercent === null ? {} : { taxPercent }),
});
