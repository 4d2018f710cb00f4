import { LeadDeleted, LeadUpdated } from '#contracts/events/intake.ts';
import { leadCollection } from '#contracts/records/lead.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { noContent, ok } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { duplicate, invalidField } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { attributionOf, recounted } from '../domain/attribution.ts';
import { carriedBy, heldBy, withoutLead } from '../domain/identity.ts';
import { changedLead, fitsResource, writableFields } from '../domain/lead.ts';
import { leadResource } from '../domain/lead-resource.ts';
import { phoneReader } from '../domain/phone.ts';
import { nextIdentity, readIdentity } from '../store/identities.ts';
import { readWonAmounts } from '../store/lead-deals.ts';
import { deletedLeadDraft, leadDraft } from '../store/leads.ts';
import { matchWrites } from '../store/matches.ts';
import { counterWrites } from '../store/source-counters.ts';
import { type LeadView, leadEtag, requireLead, viewLead } from './lead-view.ts';

const release = async (unit: UnitOfWork, email: string, leadId: string): Promise<Write[]> => {
  const item = await readIdentity(unit.table, email);
  return item === undefined ? [] : nextIdentity(email, item, withoutLead(item.data, leadId));
};

/** The lead takes the address. A converted lead carries one without holding it, so it stands in nobody's way. */
const take = async (unit: UnitOfWork, email: string, { resource }: LeadView): Promise<Write[]> => {
  const item = await readIdentity(unit.table, email);
  const identity = item?.data ?? {};
  if (resource.status === 'converted') return nextIdentity(email, item, carriedBy(identity, resource.id));
  const holder = identity.leadId === undefined || identity.leadId === resource.id ? undefined : await viewLead(unit.table, identity.leadId);
  if (holder !== undefined && holder.resource.status !== 'converted')
    throw duplicate(holder.resource.id, 'Another lead holds this e-mail.');
  return nextIdentity(email, item, heldBy(identity, resource.id));
};

/**
 * Changes fields of a lead by merge patch. Output: the lead; unchanged, without an event, when the patch says nothing new. Refusals: 404,
 * 412, 422, 409 when another lead holds the e-mail.
 */
export const updateLead: Handler<typeof intakeRoutes.updateLead> = async (request, unit) => {
  const view = await requireLead(unit.table, request.id);
  request.assertIfMatch(view.resource.version);
  const before = view.item.data;
  const fields = request.merge(writableFields(before.lead));
  const toE164 = await phoneReader(fields.phone !== undefined);
  const { lead, changed } = changedLead(before.lead, fields, unit.now, toE164);
  if (changed.length === 0) return ok(view.resource, { etag: leadEtag(view.resource) });
  if (!fitsResource(lead)) throw invalidField('', 'too_big', 'a lead must not exceed 64 KiB');

  const moved: Write[] = [];
  if (lead.email !== before.lead.email) {
    if (lead.email !== undefined) moved.push(...(await take(unit, lead.email, view)));
    if (before.lead.email !== undefined) moved.push(...(await release(unit, before.lead.email, lead.id)));
  }
  const resource = leadResource(lead, view.current);
  const answer = ok(resource, { etag: leadEtag(resource) });
  const sequence = before.sequence + 1;
  await unit.commit({
    writes: [
      view.unchanged,
      { op: 'replace', item: leadDraft({ ...before, lead, sequence, attribution: attributionOf(before) }), ifRev: view.item.rev },
      ...(await matchWrites(unit.table, before.lead, lead)),
      ...moved,
    ],
    events: [{ contract: LeadUpdated, collection: leadCollection(lead.id), subject: lead.id, sequence, data: { lead, changed } }],
    answer,
  });
  return answer;
};

/** Deletes a lead; its e-mail is free again, nothing brings it back. Refusals: 404, 412. */
export const deleteLead: Handler<typeof intakeRoutes.deleteLead> = async (request, unit) => {
  const view = await requireLead(unit.table, request.id);
  request.assertIfMatch(view.resource.version);
  const { lead, sequence: last } = view.item.data;
  const attribution = attributionOf(view.item.data);
  const sequence = last + 1;
  const freed = lead.email === undefined ? [] : await release(unit, lead.email, lead.id);
  const counted = recounted(
    { createdAt: lead.createdAt, attribution },
    undefined,
    await readWonAmounts(unit.table, lead.id, attribution.won),
  );
  const answer = noContent();
  await unit.commit({
    writes: [
      view.unchanged,
      { op: 'replace', item: deletedLeadDraft(lead, unit.now, sequence), ifRev: view.item.rev },
      ...(await matchWrites(unit.table, lead, undefined)),
      ...freed,
      ...counterWrites(counted, lead.id),
    ],
    events: [{ contract: LeadDeleted, collection: leadCollection(lead.id), subject: lead.id, sequence, data: { leadId: lead.id } }],
    answer,
  });
  return answer;
};
