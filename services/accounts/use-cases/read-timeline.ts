import { type Answer, ok, page } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { kindsIn, summaryOf } from '../domain/interaction.ts';
import { timelineEntry } from '../domain/timeline.ts';
import type { accounts } from '../service.ts';
import { readAccount } from '../store/accounts.ts';
import { readContact } from '../store/contacts.ts';
import { readInteractionCounters, summed } from '../store/interactions.ts';
import { readAccountTimeline, readContactTimeline, spanOf, type TimelinePage } from '../store/timeline.ts';
import { accountElsewhere, contactElsewhere } from './named.ts';

const shown = ({ lines, next }: TimelinePage): Answer => page({ items: lines.map(timelineEntry), next });

/** What happened to an account and to all that belongs to it, newest first, 301 for a merged one. Refuses one that is not there: 404. */
export const listAccountTimeline: Handler<(typeof accounts.routes)['listAccountTimeline']> = async (request, unit) => {
  const { kind } = request.query;
  const found = await readAccount(unit.table, request.id);
  if (found === undefined) return accountElsewhere(unit.table, request.id, '/timeline');
  return shown(await readAccountTimeline(unit.table, { ids: [request.id, ...found.mergedFrom], kind, ...request.page }));
};

/** What happened to a contact, newest first, 301 for a merged one. Refuses one that is not there: 404. */
export const listContactTimeline: Handler<(typeof accounts.routes)['listContactTimeline']> = async (request, unit) => {
  const { kind } = request.query;
  const found = await readContact(unit.table, request.id);
  if (found === undefined) return contactElsewhere(unit.table, request.id, '/timeline');
  return shown(await readContactTimeline(unit.table, { ids: [request.id, ...found.mergedFrom], kind, ...request.page }));
};

/** Counted by counters; the first and last of each kind that there was are found by an index. */
const summary = async (table: Reader, subject: 'account' | 'contact', ids: readonly string[]): Promise<Answer> => {
  const counters = await readInteractionCounters(table, subject, ids);
  const times = await Promise.all(counters.flatMap(({ id, numbers }) => kindsIn(numbers).map((kind) => spanOf(table, subject, id, kind))));
  return ok(summaryOf(summed(counters), times.flat()));
};

/** How often there was contact with an account, 301 for a merged one. Refuses one that is not there: 404. */
export const getAccountInteractions: Handler<(typeof accounts.routes)['getAccountInteractions']> = async (request, unit) => {
  const found = await readAccount(unit.table, request.id);
  if (found === undefined) return accountElsewhere(unit.table, request.id, '/interactions/summary');
  return summary(unit.table, 'account', [request.id, ...found.mergedFrom]);
};

/** How often there was contact with a person, 301 for a merged one. Refuses one that is not there: 404. */
export const getContactInteractions: Handler<(typeof accounts.routes)['getContactInteractions']> = async (request, unit) => {
  const found = await readContact(unit.table, request.id);
  if (found === undefined) return contactElsewhere(unit.table, request.id, '/interactions/summary');
  return summary(unit.table, 'contact', [request.id, ...found.mergedFrom]);
};
