import { isDeepStrictEqual } from 'node:util';
import { LeadMerged, LeadUpdated } from '#contracts/events/intake.ts';
import { leadCollection } from '#contracts/records/lead.ts';
import { LeadInput, type LeadState } from '#contracts/resources/lead.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { ok } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { conflict, invalidField, merged } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { attributionOf, mergedAttribution, recounted } from '../domain/attribution.ts';
import { carriedBy, heldBy, withoutLead } from '../domain/identity.ts';
import { leadResource } from '../domain/lead-resource.ts';
import { mergedLead } from '../domain/merging.ts';
import { phoneReader } from '../domain/phone.ts';
import { nextIdentity, readIdentity } from '../store/identities.ts';
import { readWonAmounts } from '../store/lead-deals.ts';
import { goneLeadDraft, leadDraft } from '../store/leads.ts';
import { matchWrites } from '../store/matches.ts';
import { counterWrites } from '../store/source-counters.ts';
import { type LeadView, leadEtag, mergedInto, requireLead, viewLead } from './lead-view.ts';

// Each costs reading the timeline a query more.
const mostMerged = 50;

const requireSource = async (unit: UnitOfWork, sourceId: string): Promise<LeadView> => {
  const view = await viewLead(unit.table, sourceId);
  if (view !== undefined) return view;
  const survivor = await mergedInto(unit.table, sourceId);
  throw survivor === undefined ? invalidField('/sourceId', 'unknown_id', 'there is no such lead') : merged(survivor);
};

const assertMergeable = ({ resource: { id, status } }: LeadView): void => {
  if (status === 'qualified' || status === 'converted')
    throw conflict('not-mergeable', `The lead ${id} is ${status}; only leads before that can be merged.`);
};

/** The source's address goes to the survivor: held when the survivor had none, else a former one of it, free for who comes next. */
const addressWrites = async (unit: UnitOfWork, survivor: LeadState, source: LeadState): Promise<Write[]> => {
  if (source.email === undefined) return [];
  const item = await readIdentity(unit.table, source.email);
  const without = withoutLead(item?.data ?? {}, source.id);
  const next = survivor.email === source.email ? heldBy(without, survivor.id) : carriedBy(without, survivor.id);
  return nextIdentity(source.email, item, next);
};

const changedFields = (before: LeadState, after: LeadState): string[] => {
  const old = new Map(Object.entries(before));
  const next = new Map(Object.entries(after));
  return [...Object.keys(LeadInput.shape), 'touches'].filter((name) => !isDeepStrictEqual(old.get(name), next.get(name)));
};

/**
 * Folds a lead into another. Output: the survivor. Of two opposite merges at once one is refused. Refusals: 404, 412, 422 (itself, an
 * unknown source), 409 when one is merged, qualified or converted.
 */
export const mergeLead: Handler<typeof intakeRoutes.mergeLead> = async (request, unit) => {
  const target = await requireLead(unit.table, request.id);
  request.assertIfMatch(target.resource.version);
  const { sourceId } = request.body;
  if (sourceId === target.resource.id) throw invalidField('/sourceId', 'same', 'a lead cannot be merged into itself');
  const source = await requireSource(unit, sourceId);
  assertMergeable(target);
  assertMergeable(source);
  const { data: before, rev } = target.item;
  const mergedFrom = [...(before.mergedFrom ?? []), sourceId, ...(source.item.data.mergedFrom ?? [])];
  if (mergedFrom.length > mostMerged) throw conflict('not-mergeable', `A lead can take in at most ${mostMerged} others.`);

  const folded = source.item.data.lead;
  const toE164 = await phoneReader((before.lead.phone ?? folded.phone) !== undefined);
  const lead = mergedLead(before.lead, folded, unit.now, toE164);
  const sequence = before.sequence + 1;
  const sourceSequence = source.item.data.sequence + 1;
  const resource = leadResource(lead, target.current);
  const answer = ok(resource, { etag: leadEtag(resource) });
  const ours = attributionOf(before);
  const theirs = attributionOf(source.item.data);
  const attribution = mergedAttribution(ours, theirs);
  const { createdAt } = lead;
  // A deal that names the source was won by a lead that is no more, as with one that is deleted.
  const counted = [
    ...recounted({ createdAt, attribution: ours }, { createdAt, attribution }, await readWonAmounts(unit.table, lead.id, ours.won)),
    ...recounted({ createdAt: folded.createdAt, attribution: theirs }, undefined, await readWonAmounts(unit.table, sourceId, theirs.won)),
  ];
  const gone = { reason: 'merged' as const, into: lead.id, at: unit.now };
  await unit.commit({
    writes: [
      target.unchanged,
      source.unchanged,
      { op: 'replace', item: leadDraft({ ...before, lead, sequence, mergedFrom, attribution }), ifRev: rev },
      { op: 'replace', item: goneLeadDraft(sourceId, gone, sourceSequence), ifRev: source.item.rev },
      ...(await matchWrites(unit.table, before.lead, lead)),
      ...(await matchWrites(unit.table, folded, undefined)),
      ...(await addressWrites(unit, lead, folded)),
      ...counterWrites(counted, lead.id),
    ],
    events: [
      {
        contract: LeadMerged,
        collection: leadCollection(sourceId),
        subject: sourceId,
        sequence: sourceSequence,
        data: { leadId: sourceId, mergedInto: lead.id },
      },
      {
        contract: LeadUpdated,
        collection: leadCollection(lead.id),
        subject: lead.id,
        sequence,
        data: { lead, changed: changedFields(before.lead, lead) },
      },
    ],
    answer,
  });
  return answer;
};
