import { ErasureRequested } from '#contracts/events/erasures.ts';
import { erasureCollection } from '#contracts/records/erasure.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { accepted } from '#runtime/answer.ts';
import { requestSequence, sheetWrites } from '#runtime/erasure.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { attributionOf } from '../domain/attribution.ts';
import { withoutLead } from '../domain/identity.ts';
import { heldIdentifiersOf } from '../domain/person.ts';
import { requestWrite } from '../store/erasures.ts';
import { nextIdentity, readIdentity } from '../store/identities.ts';
import { erasedLeadDraft, type LivingLead } from '../store/leads.ts';
import { matchWrites } from '../store/matches.ts';
import { requireLead } from './lead-view.ts';

/** The end of a lead whose person is erased: nobody finds it, its e-mail is free; what it counted for stays. */
export const endingWrites = async (table: Reader, { data, rev }: Item<LivingLead>, now: string): Promise<Write[]> => {
  const { lead, sequence } = data;
  const remains = { createdAt: lead.createdAt, attribution: attributionOf(data) };
  const identity = lead.email === undefined ? undefined : await readIdentity(table, lead.email);
  return [
    { op: 'replace', item: erasedLeadDraft(lead.id, now, sequence + 1, remains), ifRev: rev },
    ...(await matchWrites(table, lead, undefined)),
    ...(lead.email === undefined || identity === undefined ? [] : nextIdentity(lead.email, identity, withoutLead(identity.data, lead.id))),
  ];
};

/**
 * Begins the erasure of the person behind a lead: the lead is gone at once, the rest follows by events. Output: 202 with the erasure's id.
 * Refusals: 404, 409 a merged lead, 412.
 */
export const eraseLead: Handler<typeof intakeRoutes.eraseLead> = async (request, unit) => {
  const view = await requireLead(unit.table, request.id);
  request.assertIfMatch(view.resource.version);
  const { lead, mergedFrom = [] } = view.item.data;
  const { convertedTo } = view.resource;
  const erasureId = unit.newId('erasure');
  const answer = accepted({ erasureId }, { headers: { location: `/v1/erasures/${erasureId}` } });
  await unit.commit({
    writes: [
      view.unchanged,
      ...(await endingWrites(unit.table, view.item, unit.now)),
      requestWrite(erasureId, unit.now),
      ...sheetWrites('intake', erasureId, undefined, [heldIdentifiersOf(lead)], unit.now),
    ],
    events: [
      {
        contract: ErasureRequested,
        collection: erasureCollection('intake', erasureId),
        subject: erasureId,
        sequence: requestSequence(1),
        data: {
          erasureId,
          round: 1,
          requestedAt: unit.now,
          leadIds: [lead.id, ...mergedFrom],
          // Whom the address leads to besides is looked up when the event is heard: not every contact that has it is the same person.
          contactIds: convertedTo === undefined ? [] : [convertedTo.contactId],
          dealIds: convertedTo?.dealId === undefined ? [] : [convertedTo.dealId],
        },
      },
    ],
    answer,
  });
  return answer;
};
