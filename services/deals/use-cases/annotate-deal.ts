import type { LibraryDocument, Note } from '#contracts/resources/deal-activity.ts';
import type { dealActivityRoutes } from '#contracts/routes/deal-activity.ts';
import { type Answer, created, ok, page } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler, HttpRequest } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { attach, listAttached, readDocument, readNote } from '../store/attachments.ts';
import { checkDeal, readDeal, type StoredDeal } from '../store/deals.ts';

/** The deal under which the path goes on. @throws {Problem} 404. */
export const dealOf = async ({ params, id }: Pick<HttpRequest, 'params' | 'id'>, unit: UnitOfWork): Promise<StoredDeal> => {
  const deal = await readDeal(unit.table, params.dealId ?? id);
  if (!deal) throw notFound('There is no such deal.');
  return deal;
};

const first = { etag: etagOf({ version: 1 }) };

const attached = async (unit: UnitOfWork, deal: StoredDeal, kind: 'note' | 'document', data: Note | LibraryDocument): Promise<Answer> => {
  const answer = created(`/v1/deals/${data.dealId}/${kind}s/${data.id}`, data, first);
  await unit.commit({ writes: [attach(kind, data), checkDeal(deal)], answer });
  return answer;
};

const common = (unit: UnitOfWork) => ({ createdBy: unit.actor, createdAt: unit.now, updatedAt: unit.now, version: 1 });

/** Comments on a deal. @throws {Problem} 404. */
export const createNote: Handler<(typeof dealActivityRoutes)['createNote']> = async (request, unit) => {
  const stored = await dealOf(request, unit);
  return attached(unit, stored, 'note', { id: unit.newId('note'), dealId: stored.deal.id, ...request.body, ...common(unit) });
};

/** Adds a document to the library of a deal. @throws {Problem} 404. */
export const createDocument: Handler<(typeof dealActivityRoutes)['createDocument']> = async (request, unit) => {
  const stored = await dealOf(request, unit);
  return attached(unit, stored, 'document', { id: unit.newId('document'), dealId: stored.deal.id, ...request.body, ...common(unit) });
};

/** @throws {Problem} 404. */
export const listNotes: Handler<(typeof dealActivityRoutes)['listNotes']> = async (request, unit) => {
  const { deal } = await dealOf(request, unit);
  return page(await listAttached(unit.table, 'note', deal.id, request.page));
};

/** @throws {Problem} 404. */
export const listDocuments: Handler<(typeof dealActivityRoutes)['listDocuments']> = async (request, unit) => {
  const { deal } = await dealOf(request, unit);
  return page(await listAttached(unit.table, 'document', deal.id, request.page));
};

/** @throws {Problem} 404. */
export const getNote: Handler<(typeof dealActivityRoutes)['getNote']> = async (request, unit) => {
  const { deal } = await dealOf(request, unit);
  const note = await readNote(unit.table, deal.id, request.id);
  if (!note) throw notFound('There is no such note.');
  return ok(note, first);
};

/** @throws {Problem} 404. */
export const getDocument: Handler<(typeof dealActivityRoutes)['getDocument']> = async (request, unit) => {
  const { deal } = await dealOf(request, unit);
  const document = await readDocument(unit.table, deal.id, request.id);
  if (!document) throw notFound('There is no such document.');
  return ok(document, first);
};
