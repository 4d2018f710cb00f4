import * as z from 'zod/mini';
import type { Payload } from '../form-fields.ts';
import type { Delivery, VendorAnswer } from './delivery.ts';

const Column = z.object({
  column_id: z.optional(z.string()),
  column_name: z.optional(z.string()),
  string_value: z.optional(z.unknown()),
});

// Source: https://developers.google.com/google-ads/webhook/docs/implementation
const Lead = z.object({
  lead_id: z.optional(z.string()),
  is_test: z.optional(z.boolean()),
  user_column_data: z.array(Column),
});

/** `COMPANY_NAME` as people would write it, for the columns that come without a name. */
const wordsOf = (columnId: string): string => columnId.charAt(0) + columnId.slice(1).toLowerCase().replaceAll('_', ' ');

/** What a Google Ads lead form delivers; undefined when it is not that. */
export const readGoogleAds = (payload: Payload): Delivery | undefined => {
  const read = z.safeParse(Lead, payload);
  if (!read.success) return undefined;
  const { lead_id, is_test, user_column_data: columns } = read.data;
  const answers = columns.map(({ column_id, column_name, string_value }): VendorAnswer => {
    const named = column_name === undefined || column_name === column_id ? undefined : column_name;
    return {
      names: column_id === undefined ? [] : [column_id],
      label: named ?? (column_id === undefined ? '' : wordsOf(column_id)),
      value: string_value,
    };
  });
  return { id: lead_id, isTest: is_test === true, answers };
};
