import { defined } from '#contracts/core/json.ts';
import { LeadCaptured, LeadTouched } from '#contracts/events/intake.ts';
import { leadCollection } from '#contracts/records/lead.ts';
import type { LeadState, Touch } from '#contracts/resources/lead.ts';
import { invalidField } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { EventDraft, Write } from '#table/transaction.ts';
import { afterTouch, attributionOf, type Counted, countedFor, type Origin, recounted } from '../domain/attribution.ts';
import { type CaptureDefaults, fitsResource, type LeadFields, newLead, type ToE164, touchedLead } from '../domain/lead.ts';
import { readWonAmounts } from '../store/lead-deals.ts';
import { leadDraft, touchDraft } from '../store/leads.ts';
import { firstTouchDraft, matchWrites } from '../store/matches.ts';
import type { LeadView } from './lead-view.ts';

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

/** Another capture of a lead: blanks filled, nothing overwritten, a touch more. */
export const touchEffect = async (
  { table, now }: Pick<UnitOfWork, 'table' | 'now'>,
  captive: Captive,
  { item }: LeadView,
  toE164: ToE164,
): Promise<CaptureEffect> => {
  const before = item.data;
  const lead = touchedLead(before.lead, captive.fields, now, toE164);
  const touch = touchOf(captive, lead, now);
  const sequence = before.sequence + 1;
  const owed = attributionOf(before);
  const attribution = afterTouch(owed, originOf(touch), now);
  const { createdAt } = lead;
  return {
    lead,
    counted: recounted({ createdAt, attribution: owed }, { createdAt, attribution }, await readWonAmounts(table, lead.id, owed.won)),
    writes: [
      { op: 'replace', item: leadDraft({ ...before, lead, sequence, attribution }), ifRev: item.rev },
      { op: 'create', item: touchDraft(lead.id, lead.touches, touch) },
      ...(await matchWrites(table, before.lead, lead)),
    ],
    events: [{ contract: LeadTouched, collection: leadCollection(lead.id), subject: lead.id, sequence, data: { lead, touch } }],
  };
};
