import type { LineItem } from '#contracts/resources/line-item.ts';
import { invalidField } from '#runtime/problem.ts';
import { type Valuation, valuationOf } from '../domain/money.ts';

/** What line items come to. @throws {Problem} 422 when it is more than an amount can be. */
export const valued = (items: readonly LineItem[]): Valuation => {
  const valuation = valuationOf(items);
  if (valuation === undefined) throw invalidField('/lineItems', 'too_big', 'together they are more than an amount can be (2^53 - 1)');
  return valuation;
};

/** The deal's own amount: what its line items come to, else the one given. @throws {Problem} 422 */
export const amountOf = <Input extends { readonly lineItems: readonly LineItem[]; readonly amount?: LineItem['unitPrice'] | undefined }>(
  input: Input,
): Input => (input.lineItems.length === 0 ? input : { ...input, amount: valued(input.lineItems).net });
