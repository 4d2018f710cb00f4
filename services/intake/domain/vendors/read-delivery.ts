import type { FormFormat } from '#contracts/resources/form.ts';
import type { Payload } from '../form-fields.ts';
import type { Delivery } from './delivery.ts';
import { readGoogleAds } from './google-ads.ts';
import { readMetaLeadAds } from './meta-lead-ads.ts';
import { readTally } from './tally.ts';
import { readTypeform } from './typeform.ts';
import { readWebflow } from './webflow.ts';

/** The formats of vendors' webhooks. */
export type VendorFormat = Exclude<FormFormat, 'generic'>;

const readers: Readonly<Record<VendorFormat, (payload: Payload) => Delivery | undefined>> = {
  typeform: readTypeform,
  tally: readTally,
  webflow: readWebflow,
  'google-ads': readGoogleAds,
  'meta-lead-ads': readMetaLeadAds,
};

/** What the vendor's payload says; undefined when it is not one that the vendor documents. */
export const readDelivery = (format: VendorFormat, payload: Payload): Delivery | undefined => readers[format](payload);
