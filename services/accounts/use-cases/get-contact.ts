import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { notFound } from '#runtime/problem.ts';
import type { accounts } from '../service.ts';
import { readContact } from '../store/contacts.ts';

/** A contact. Refuses one that is not there: 404. */
export const getContact: Handler<(typeof accounts.routes)['getContact']> = async (request, unit) => {
  const found = await readContact(unit.table, request.id);
  if (found === undefined) throw notFound('There is no such contact.');
  return ok(found.contact, { etag: etagOf({ version: found.contact.version, derived: found.rev }) });
};
