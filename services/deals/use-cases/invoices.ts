import type { LineItem } from '#contracts/resources/line-item.ts';
import type { quoteRoutes } from '#contracts/routes/quotes.ts';
import { type Answer, created, ok, page } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler, HttpRequest } from '#runtime/handlers.ts';
import { conflict, illegalTransition, invalidField, notFound, Problem } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { type InvoiceRecord, issueInvoice, owed, payInvoice as paid, voidInvoice as voided } from '../domain/invoice.ts';
import { partiesOf } from '../domain/letterhead.ts';
import { statusOf } from '../domain/quote.ts';
import { readDeal } from '../store/deals.ts';
import { invoiceEffect, listInvoicesOf, readInvoice, readQuote, type Stored } from '../store/documents.ts';
import { nextNumber } from '../store/numbers.ts';
import { assertNotLost, freeze, linesFor, type Source, sourceDeal } from './document-source.ts';
import { valued } from './valuation.ts';

type Routes = typeof quoteRoutes;

/** What keeps an invoice within 64 KiB; nobody pays in more parts. */
const mostPayments = 200;

const invoiceAnswer = ({ invoice }: InvoiceRecord, rev: number): Answer =>
  ok(invoice, { etag: etagOf({ version: invoice.version, derived: rev }) });

/** The quote's line items, of a quote of that deal. @throws {Problem} 422; 409 for one that was declined or has expired. */
const quotedLines = async (unit: UnitOfWork, { deal }: Source, quoteId: string | undefined): Promise<readonly LineItem[] | undefined> => {
  if (quoteId === undefined) return undefined;
  const stored = await readQuote(unit.table, quoteId);
  if (stored?.quote.dealId !== deal.id) throw invalidField('/quoteId', 'unknown_id', 'the deal has no such quote');
  const status = statusOf(stored.quote, unit.now);
  if (status === 'declined' || status === 'expired')
    throw conflict('illegal-transition', `The quote is ${status}.`, { from: status, to: 'accepted' });
  return stored.quote.lineItems.map(({ net: _net, ...item }) => item);
};

/**
 * Issues an invoice with the next number of the year.
 *
 * @throws {Problem} 404; 422 for an unknown quote, and without line items; 409 for a lost deal, and a quote that was declined or has expired.
 */
export const createInvoice: Handler<Routes['createInvoice']> = async ({ params, id, body }, unit) => {
  const source = await sourceDeal(unit, params.dealId ?? id);
  const { quoteId, dueDate } = body;
  const valuation = valued(linesFor(source, (await quotedLines(unit, source, quoteId)) ?? body.lineItems));
  assertNotLost(source);
  const [{ number, write }, frozen] = await Promise.all([nextNumber(unit.table, 'INV', unit.now), freeze(unit, partiesOf(source.deal))]);
  const given = { id: unit.newId('invoice'), dealId: source.deal.id, number, quoteId, dueDate };
  const change = issueInvoice(given, valuation, frozen, unit.now);
  const { body: invoice, ...options } = invoiceAnswer(change.next, 1);
  const answer = created(`/v1/invoices/${given.id}`, invoice, options);
  const { writes, events } = invoiceEffect(undefined, change);
  await unit.commit({ writes: [...writes, write, source.check], events, answer });
  return answer;
};

/** @throws {Problem} 404. */
export const listInvoices: Handler<Routes['listInvoices']> = async (request, unit) => {
  const dealId = request.params.dealId ?? request.id;
  const [deal, { items, next }] = await Promise.all([readDeal(unit.table, dealId), listInvoicesOf(unit.table, dealId, request.page)]);
  if (!deal) throw notFound('There is no such deal.');
  return page({ items: items.map(({ invoice }) => invoice), next });
};

const invoiceNamed = async ({ id, params }: Pick<HttpRequest, 'id' | 'params'>, unit: UnitOfWork): Promise<Stored<InvoiceRecord>> => {
  const stored = await readInvoice(unit.table, params.invoiceId ?? id);
  if (!stored) throw notFound('There is no such invoice.');
  return stored;
};

/** @throws {Problem} 404. */
export const getInvoice: Handler<Routes['getInvoice']> = async (request, unit) => {
  const stored = await invoiceNamed(request, unit);
  return invoiceAnswer(stored, stored.rev);
};

/**
 * Records a payment; one with an `externalId` that came before changes nothing.
 *
 * @throws {Problem} 404, 412; 422 for another currency; 409 for more than is owed, and for a void one.
 */
export const payInvoice: Handler<Routes['payInvoice']> = async (request, unit) => {
  const before = await invoiceNamed(request, unit);
  const { invoice } = before;
  const { amount, paidAt = unit.now, externalId } = request.body;
  if (externalId !== undefined && invoice.payments.some((payment) => payment.externalId === externalId))
    return { ...invoiceAnswer(before, before.rev), status: 201 };
  request.assertIfMatch(invoice.version);
  if (amount.currency !== invoice.total.currency)
    throw invalidField('/amount/currency', 'currency', `must be the invoice's, ${invoice.total.currency}`);
  if (invoice.payments.length >= mostPayments) throw invalidField('', 'too_big', `at most ${mostPayments} payments`);
  if (invoice.status === 'void') throw illegalTransition('void', 'paid');
  if (amount.amount > owed(invoice)) throw new Problem('more-than-owed', 'That is more than is owed.');

  const change = paid(before, { amount, paidAt, ...(externalId === undefined ? {} : { externalId }) }, unit.now);
  const answer = { ...invoiceAnswer(change.next, before.rev + 1), status: 201 };
  await unit.commit({ ...invoiceEffect(before, change), answer });
  return answer;
};

/** Voids an invoice; a void one stays so. @throws {Problem} 404, 412; 409 when it has payments. */
export const voidInvoice: Handler<Routes['voidInvoice']> = async (request, unit) => {
  const before = await invoiceNamed(request, unit);
  request.assertIfMatch(before.invoice.version);
  if (before.invoice.status === 'void') return invoiceAnswer(before, before.rev);
  if (before.invoice.payments.length > 0) throw illegalTransition(before.invoice.status, 'void');
  const change = voided(before, unit.now);
  const answer = invoiceAnswer(change.next, before.rev + 1);
  await unit.commit({ ...invoiceEffect(before, change), answer });
  return answer;
};
