import type { HttpRequest } from '#runtime/handlers.ts';
import { invalidField, unsigned } from '#runtime/problem.ts';
import { mapAnswers } from '../domain/vendors/map-answers.ts';
import { readDelivery, type VendorFormat } from '../domain/vendors/read-delivery.ts';
import { isAuthentic } from '../domain/vendors/signature.ts';
import type { ActiveForm } from '../store/forms.ts';
import { readFormLead } from './read-form-lead.ts';
import type { Received } from './received.ts';

const vendors: Readonly<Record<VendorFormat, string>> = {
  typeform: 'a Typeform webhook (form_response with answers)',
  tally: 'a Tally webhook (data with fields)',
  webflow: 'a Webflow form submission (payload with data)',
  'google-ads': 'a Google Ads lead (user_column_data)',
  'meta-lead-ads': 'a Meta lead (field_data)',
};

/**
 * Understands a vendor's webhook. Its bytes are authenticated first when the form has a signing secret.
 *
 * @throws {Problem} 401 for a wrong or missing signature, 422 for what is not the vendor's payload.
 */
export const receiveDelivery = (
  { form, signingSecret }: ActiveForm,
  format: VendorFormat,
  request: Pick<HttpRequest, 'fields' | 'rawBody' | 'header'>,
  now: string,
): Received => {
  const { fields: sent, rawBody: bytes, header } = request;
  if (signingSecret !== undefined && !isAuthentic(format, signingSecret, { bytes, payload: sent, header, now: Date.parse(now) }))
    throw unsigned();
  const delivery = readDelivery(format, sent);
  if (delivery === undefined) throw invalidField('', 'not_a_delivery', `must be ${vendors[format]}`);
  const { google_key: _key, ...payload } = sent;
  const status = delivery.isTest ? 'test' : 'accepted';
  return {
    payload,
    status,
    sameness: delivery.id === undefined ? { content: payload } : { deliveryId: delivery.id, status },
    lead: () => readFormLead(form, mapAnswers(form, delivery.answers), now),
  };
};
