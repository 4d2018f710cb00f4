import * as z from 'zod/mini';
import { once, string } from '../core/schema.ts';
import { text } from '../core/text.ts';
import { Money } from '../core/values.ts';

/** A positive decimal number as text, `"2.5"`: up to 12 digits before and 9 after the point, so that no floating point gets near it. */
const quantity = once(() =>
  string(
    z.regex(/^\d{1,12}(?:\.\d{1,9})?$/, { error: 'must be a decimal number as text, such as "2.5"' }),
    z.refine((value) => /[1-9]/.test(value), { error: 'must be more than 0', params: { code: 'too_small' } }),
  ),
);

/** Percent, 0 to 100, at most four decimals (8.875 % is a sales tax). */
const rate = once(() =>
  z.number().check(
    z.minimum(0),
    z.maximum(100),
    z.refine((value) => /^\d+(?:\.\d{1,4})?$/.test(String(value)), { error: 'at most four decimals', params: { code: 'decimals' } }),
  ),
);

/** What is sold: net = quantity × unit price × (1 − discount), rounded half-even to the minor unit of the currency. */
export const LineItem = z.strictObject({
  name: text(),
  sku: z.optional(text(100)),
  quantity: quantity(),
  unitPrice: Money,
  discountPercent: z.optional(rate()),
  taxPercent: z.optional(rate()),
});
export type LineItem = z.infer<typeof LineItem>;

/** Up to 200 line items of one currency. */
export const lineItems = once(() =>
  z.array(LineItem).check(
    z.maxLength(200),
    z.refine((items) => new Set(items.map(({ unitPrice }) => unitPrice.currency)).size <= 1, {
      error: 'must all be in one currency',
      params: { code: 'currencies' },
    }),
  ),
);

/** Line items of a document, of which there is one at least. */
export const documentLines = once(() => lineItems().check(z.minLength(1)));

/** A line item with its net. */
export const ValuedLine = z.object({ ...LineItem.shape, net: Money });
export type ValuedLine = z.infer<typeof ValuedLine>;

/** The tax of one rate: `amount` is `percent` of `base`, the sum of nets of that rate, rounded half-even. */
export const TaxLine = z.object({ percent: rate(), base: Money, amount: Money });
export type TaxLine = z.infer<typeof TaxLine>;

/** What a document comes to. Lines without `taxPercent` are in no tax line. */
export const totals = { net: Money, tax: z.array(TaxLine), total: Money };
