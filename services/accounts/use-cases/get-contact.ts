import { ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { accounts } from '../service.ts';
import { readContact } from '../store/contacts.ts';
import { contactElsewhere } from './named.ts';

/** A contact, 301 to the survivor of a merged one. Refuses one that is not there: 404. */
export const getContact: Handler<(typeof accounts.routes)['getContact']> = async (request, unit) => {
  const found = await readContact(unit.table, request.id);
  if (found === undefined) return contactElsewhere(unit.table, request.id);
  return ok(found.contact, { etag: etagOf({ version: found.contact.version, derived: found.rev }) });
};
