import type { LeadState } from '#contracts/resources/lead.ts';
import type { DuplicateReason, LeadDuplicate } from '#contracts/resources/lead-operations.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { page } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import { leadsOf } from '../domain/identity.ts';
import { leadResource } from '../domain/lead-resource.ts';
import { matchKeysOf } from '../domain/matching.ts';
import { currentStanding } from '../domain/standing.ts';
import { readIdentity } from '../store/identities.ts';
import { readLeads } from '../store/leads.ts';
import { leadsNamed, leadsWithPhone } from '../store/matches.ts';
import { answerAbout } from './lead-view.ts';

/** Of a number that hundreds share (a switchboard) the newest are enough to see that. */
const mostForEach = 100;

const reasonsById = async (table: Reader, lead: LeadState): Promise<ReadonlyMap<string, DuplicateReason[]>> => {
  const { phone, nameAndCompany } = matchKeysOf(lead);
  const [identity, withPhone, named] = await Promise.all([
    lead.email === undefined ? undefined : readIdentity(table, lead.email),
    phone === undefined ? [] : leadsWithPhone(table, phone, mostForEach),
    nameAndCompany === undefined ? [] : leadsNamed(table, nameAndCompany, mostForEach),
  ]);
  const found = new Map<string, DuplicateReason[]>();
  const add = (reason: DuplicateReason, ids: readonly string[]) => {
    for (const id of ids) found.set(id, [...(found.get(id) ?? []), reason]);
  };
  add('email', leadsOf(identity?.data ?? {}));
  add('phone', withPhone);
  add('name+company', named);
  found.delete(lead.id);
  return found;
};

/** Leads that may be the same person, newest first, and why. Refusals: 404. */
export const listLeadDuplicates: Handler<typeof intakeRoutes.listLeadDuplicates> = (request, unit) =>
  answerAbout(unit.table, request.id, '/duplicates', async ({ item }) => {
    const reasons = await reasonsById(unit.table, item.data.lead);
    const { limit, after } = request.page;
    const ids = [...reasons.keys()].sort().reverse();
    const rest = after === undefined ? ids : ids.filter((id) => id < after);
    const some = rest.slice(0, Math.min(limit, mostForEach));
    const records = some.length === 0 ? [] : await readLeads(unit.table, some);
    const items = records.flatMap((record): LeadDuplicate[] => {
      if (record === undefined) return [];
      const { lead, standing } = record.data;
      return [{ id: lead.id, reasons: reasons.get(lead.id) ?? [], lead: leadResource(lead, currentStanding(standing, undefined)) }];
    });
    return page({ items, next: rest.length > some.length ? some.at(-1) : undefined });
  });
