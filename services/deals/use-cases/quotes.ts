import type { Quote, QuoteStatus } from '#contracts/resources/quote.ts';
import type { quoteRoutes } from '#contracts/routes/quotes.ts';
import { type Answer, created, ok, page } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler, HttpRequest } from '#runtime/handlers.ts';
import { conflict, illegalTransition, invalidField, notFound } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import {
  acceptQuote as accepted,
  type DocumentChange,
  dayOf,
  declineQuote as declined,
  draftQuote,
  editQuote,
  type QuoteRecord,
  sendQuote as sent,
  statusOf,
  toQuote,
} from '../domain/quote.ts';
import { readDeal } from '../store/deals.ts';
import { listQuotesOf, quoteEffect, readQuote, type Stored } from '../store/documents.ts';
import { nextNumber } from '../store/numbers.ts';
import { assertNotLost, freeze, linesFor, partiesOfDeal, sourceDeal } from './document-source.ts';
import { valued } from './valuation.ts';

type Routes = typeof quoteRoutes;

/** A quote with its entity tag, which changes also when it expires. */
const quoteAnswer = (record: QuoteRecord, rev: number, now: string): Answer => {
  const body = toQuote(record, now);
  return ok(body, { etag: etagOf({ version: body.version, derived: rev * 2 + Number(body.status === 'expired') }) });
};

const assertNotPast = (validUntil: string, now: string): void => {
  if (validUntil < dayOf(now)) throw invalidField('/validUntil', 'past', 'must not be in the past');
};

/**
 * Drafts a quote with the next number of the year.
 *
 * @throws {Problem} 404; 422 for a past day, and without line items; 409 for a lost deal.
 */
export const createQuote: Handler<Routes['createQuote']> = async ({ params, id, body }, unit) => {
  const source = await sourceDeal(unit, params.dealId ?? id);
  assertNotPast(body.validUntil, unit.now);
  const valuation = valued(linesFor(source, body.lineItems));
  assertNotLost(source);
  const { number, write } = await nextNumber(unit.table, 'Q', unit.now);

  const given = { id: unit.newId('quote'), dealId: source.deal.id, number, validUntil: body.validUntil, notes: body.notes };
  const record = draftQuote(given, valuation, unit.now);
  const { body: quote, ...options } = quoteAnswer(record, 1, unit.now);
  const answer = created(`/v1/quotes/${record.quote.id}`, quote, options);
  const { writes, events } = quoteEffect(undefined, { next: record, contracts: [] });
  await unit.commit({ writes: [...writes, write, source.check], events, answer });
  return answer;
};

/** @throws {Problem} 404. */
export const listQuotes: Handler<Routes['listQuotes']> = async (request, unit) => {
  const dealId = request.params.dealId ?? request.id;
  const [deal, { items, next }] = await Promise.all([readDeal(unit.table, dealId), listQuotesOf(unit.table, dealId, request.page)]);
  if (!deal) throw notFound('There is no such deal.');
  return page({ items: items.map((record) => toQuote(record, unit.now)), next });
};

const quoteNamed = async ({ id, params }: Pick<HttpRequest, 'id' | 'params'>, unit: UnitOfWork): Promise<Stored<QuoteRecord>> => {
  const stored = await readQuote(unit.table, params.quoteId ?? id);
  if (!stored) throw notFound('There is no such quote.');
  return stored;
};

/** @throws {Problem} 404. */
export const getQuote: Handler<Routes['getQuote']> = async (request, unit) => {
  const stored = await quoteNamed(request, unit);
  return quoteAnswer(stored, stored.rev, unit.now);
};

const commit = async (unit: UnitOfWork, before: Stored<QuoteRecord>, change: DocumentChange<QuoteRecord>): Promise<Answer> => {
  const answer = quoteAnswer(change.next, before.rev + 1, unit.now);
  await unit.commit({ ...quoteEffect(before, change), answer });
  return answer;
};

const editable = ({ validUntil, lineItems, notes }: Quote) => ({
  validUntil,
  lineItems: lineItems.map(({ net: _net, ...item }) => item),
  ...(notes === undefined ? {} : { notes }),
});

/** Changes a draft. @throws {Problem} 404, 412; 422 for a past day; 409 once it was sent. */
export const updateQuote: Handler<Routes['updateQuote']> = async (request, unit) => {
  const before = await quoteNamed(request, unit);
  request.assertIfMatch(before.quote.version);
  const edit = request.merge(editable(before.quote));
  if (edit.validUntil !== before.quote.validUntil) assertNotPast(edit.validUntil, unit.now);
  const valuation = valued(edit.lineItems);
  const status = statusOf(before.quote, unit.now);
  if (status !== 'draft') throw illegalTransition(status, 'draft');
  return commit(unit, before, editQuote(before, edit, valuation, unit.now));
};

/**
 * The change of a lifecycle action from the one status that allows it. Asking for the status it is in changes nothing.
 *
 * @throws {Problem} 404, 412; 409 from any other status.
 */
const act = async (
  request: Pick<HttpRequest, 'id' | 'params' | 'assertIfMatch'>,
  unit: UnitOfWork,
  { from, to }: { readonly from: QuoteStatus; readonly to: QuoteStatus },
  change: (before: QuoteRecord) => DocumentChange<QuoteRecord> | Promise<DocumentChange<QuoteRecord>>,
): Promise<Answer> => {
  const before = await quoteNamed(request, unit);
  request.assertIfMatch(before.quote.version);
  const status = statusOf(before.quote, unit.now);
  if (status === to) return quoteAnswer(before, before.rev, unit.now);
  if (status !== from) throw illegalTransition(status, to);
  return commit(unit, before, await change(before));
};

/** Sends a draft and freezes it. @throws {Problem} 404, 412; 409 when it was answered, has expired, or its last day is over. */
export const sendQuote: Handler<Routes['sendQuote']> = (request, unit) =>
  act(request, unit, { from: 'draft', to: 'sent' }, async (before) => {
    const { dealId, validUntil } = before.quote;
    if (validUntil < dayOf(unit.now))
      throw conflict('illegal-transition', 'Its last day is over; give it another one first.', { from: 'draft', to: 'sent' });
    return sent(before, await freeze(unit, await partiesOfDeal(unit, dealId)), unit.now);
  });

/** @throws {Problem} 404, 412; 409 unless it was sent and has not expired. */
export const acceptQuote: Handler<Routes['acceptQuote']> = (request, unit) =>
  act(request, unit, { from: 'sent', to: 'accepted' }, (before) => accepted(before, unit.now));

/** @throws {Problem} 404, 412; 409 unless it was sent and has not expired. */
export const declineQuote: Handler<Routes['declineQuote']> = (request, unit) =>
  act(request, unit, { from: 'sent', to: 'declined' }, (before) => declined(before, unit.now));
