import { defined } from '#contracts/core/json.ts';
import { LeadCaptured, LeadTouched } from '#contracts/events/intake.ts';
import { leadCollection } from '#contracts/records/lead.ts';
import type { LeadState, Touch } from '#contracts/resources/lead.ts';
import { invalidField } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import type { EventDraft, Refusal, Write } from '#table/transaction.ts';
import { afterTouch, attributionOf, type Counted, countedFor, type Origin, recounted } from '../domain/attribution.ts';
import type { HolderCopy } from '../domain/identity.ts';
import { type CaptureDefaults, fitsResource, type LeadFields, newLead, type ToE164, touchedLead } from '../domain/lead.ts';
import { readWonAmounts } from '../store/lead-deals.ts';
import { amendLead, type LivingLead, leadDraft, touchDraft } from '../store/leads.ts';
import { firstTouchDraft, matchWrites } from '../store/matches.ts';

/** What is captured, and by what way. */
export interface Captive {
  readonly fields: LeadFields;
  readonly defaults: CaptureDefaults;
  readonly formId?: string | undefined;
  readonly submissionId?: string | undefined;
}

/** What a capture comes to, to be part of a transaction; whose e-mail it is, is the transaction's to write. */
export interface CaptureEffect {
  readonly lead: LeadState;
  /** What is known of the lead by now without having looked where it stands. */
  readonly copy: HolderCopy;
  readonly writes: readonly Write[];
  readonly events: readonly EventDraft[];
  /** What is to be counted for the report of sources in the same transaction. */
  readonly counted: readonly Counted[];
}

const touchOf = ({ fields, defaults, submissionId, formId }: Captive, lead: LeadState, at: string): Touch =>
  defined({
    at,
    submissionId,
    formId,
    source: fields.source ?? defaults.source,
    campaign: fields.campaign,
    channel: fields.channel ?? lead.channel,
    utm: fields.utm,
    landingPage: fields.landingPage,
  });

const originOf = ({ source, campaign }: Touch): Origin => defined({ source, campaign });

/**
 * A new lead, known to be that of a contact or not.
 *
 * @throws {Problem} 422 when it does not fit a record.
 */
export const newLeadEffect = (
  captive: Captive,
  given: { readonly id: string; readonly now: string; readonly toE164: ToE164; readonly contactId?: string | undefined },
): CaptureEffect => {
  const { id, now, toE164, contactId } = given;
  const { fields, defaults, formId, submissionId } = captive;
  const lead = defined({ ...newLead({ id, fields, now, formId }, defaults, toE164), knownContactId: contactId });
  if (!fitsResource(lead)) throw invalidField('', 'too_big', 'a lead must not exceed 64 KiB');
  return {
    lead,
    copy: { lead, sequence: 1 },
    counted: countedFor({ createdAt: now, attribution: attributionOf({ lead }) }),
    writes: [
      { op: 'create', item: leadDraft({ lead, sequence: 1 }) },
      { op: 'create', item: firstTouchDraft(lead, touchOf(captive, lead, now)) },
    ],
    events: [
      {
        contract: LeadCaptured,
        collection: leadCollection(id),
        subject: id,
        sequence: 1,
        data: defined({ lead, submissionId, formId }),
      },
    ],
  };
};

/** A known lead, and how its next state is written. */
export interface Touchable {
  readonly record: LivingLead;
  readonly write: (next: LivingLead) => Write;
}

/** A lead that was read. */
export const asRead = (item: Item<LivingLead>): Touchable => ({
  record: item.data,
  write: (next) => ({ op: 'replace', item: leadDraft(next), ifRev: item.rev }),
});

/** A lead of which a copy is known; `refuse` when that was overtaken. */
export const asCopied = (copy: HolderCopy, refuse: Refusal): Touchable => ({
  record: copy,
  write: ({ lead, sequence, attribution }) => amendLead(copy, { lead, sequence, attribution }, refuse),
});

/** Another capture of a lead: blanks filled, nothing overwritten, a touch more. */
export const touchEffect = async (
  { table, now }: Pick<UnitOfWork, 'table' | 'now'>,
  captive: Captive,
  { record: before, write }: Touchable,
  toE164: ToE164,
): Promise<CaptureEffect> => {
  const lead = touchedLead(before.lead, captive.fields, now, toE164);
  const touch = touchOf(captive, lead, now);
  const sequence = before.sequence + 1;
  const owed = attributionOf(before);
  const attribution = afterTouch(owed, originOf(touch), now);
  const { createdAt } = lead;
  return {
    lead,
    copy: { lead, sequence, attribution },
    counted: recounted({ createdAt, attribution: owed }, { createdAt, attribution }, await readWonAmounts(table, lead.id, owed.won)),
    writes: [
      write({ ...before, lead, sequence, attribution }),
      { op: 'create', item: touchDraft(lead.id, lead.touches, touch) },
      ...(await matchWrites(table, before.lead, lead)),
    ],
    events: [{ contract: LeadTouched, collection: leadCollection(lead.id), subject: lead.id, sequence, data: { lead, touch } }],
  };
};
