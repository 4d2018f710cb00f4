import { isDeepStrictEqual } from 'node:util';
import { defined } from '#contracts/core/json.ts';
import type { Money } from '#contracts/core/values.ts';
import type { ContactCreated, ContactUpdated, ConversionFailed, LeadConverted } from '#contracts/events/accounts.ts';
import type { LeadDisqualified, LeadQualified, LeadScored, LeadStatusChanged } from '#contracts/events/qualification.ts';
import type { LeadRecord, ProjectedStanding } from '#contracts/records/lead.ts';
import type { LeadStanding } from '#contracts/resources/lead.ts';
import type { EventHandler, ReceivedEvent } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Draft, Item } from '#table/item.ts';
import type { Write } from '#table/transaction.ts';
import { afterDeals, afterStanding, attributionOf, type Counted, countedAmounts, countedFor } from '../domain/attribution.ts';
import { emailsOf, phonesOf } from '../domain/contact.ts';
import { carriedBy, knownAs } from '../domain/identity.ts';
import { phoneReader } from '../domain/phone.ts';
import { afterConversion, afterFailure, afterQualification, type QualificationFact } from '../domain/standing.ts';
import { isErasedContact } from '../store/accounts.ts';
import { nextIdentity, readIdentity } from '../store/identities.ts';
import { erasedLeadDraft, isLiving, type LivingLead, leadDraft, readLeadRecord } from '../store/leads.ts';
import { contactPhoneWrite } from '../store/matches.ts';
import { counterWrites } from '../store/source-counters.ts';
import { timelineCopy } from '../store/timeline.ts';

// A transaction's hundred operations less the mark.
const mostAtOnce = 99;

/** What an event means for a lead: its next standing, what its timeline shows, and further writes. */
export interface Projection {
  readonly leadId: string;
  /** The next standing; undefined: it stays. */
  standing(before: ProjectedStanding | undefined): ProjectedStanding | undefined;
  readonly shown: Readonly<Record<string, unknown>>;
  further?(record: LivingLead): Promise<readonly Write[]>;
  /** Whether it is a qualification, which counts as one however late it comes. */
  readonly qualifies?: boolean;
  /** Where the lead stood by then: how far it came counts, however late it is heard of. */
  readonly stood?: LeadStanding;
  /** What it means for the lead's won deals; undefined: nothing. */
  deals?(): Promise<DealChange | undefined>;
}

/** A lead's deals after an event of one of them. */
export interface DealChange {
  /** Won deals more. */
  readonly won: number;
  readonly gained: readonly Money[];
  readonly lost: readonly Money[];
  readonly write: Write;
}

/** What an event comes to for one lead, to be part of a transaction. */
interface LeadEffect {
  readonly writes: readonly Write[];
  readonly counted: readonly Counted[];
  /** Of the event in the lead's timeline. */
  readonly copy?: Draft;
}

/** What a deal of an erased lead is won for still counts for the source that brought it; nothing else is kept. */
const effectAfterErasure = async (
  unit: UnitOfWork,
  projection: Projection,
  item: Item<LeadRecord> | undefined,
): Promise<LeadEffect | undefined> => {
  const remains = item?.data.remains;
  const deals = await projection.deals?.();
  if (item === undefined || remains === undefined || deals === undefined) return undefined;
  const { sequence } = item.data;
  const { createdAt } = remains;
  const attribution = afterDeals(remains.attribution, deals.won);
  const next = erasedLeadDraft(projection.leadId, item.data.gone?.at ?? unit.now, sequence, { createdAt, attribution });
  return {
    writes: [{ op: 'replace', item: next, ifRev: item.rev }, deals.write],
    counted: [
      ...countedFor(remains, -1),
      ...countedFor({ createdAt, attribution }),
      ...countedAmounts(remains, deals.gained),
      ...countedAmounts(remains, deals.lost, -1),
    ],
  };
};

/** What an event means for one lead; undefined when the lead is gone. */
const effectOn = async (event: ReceivedEvent, unit: UnitOfWork, projection: Projection): Promise<LeadEffect | undefined> => {
  const item = await readLeadRecord(unit.table, projection.leadId);
  if (!isLiving(item)) return effectAfterErasure(unit, projection, item);
  const record = item.data;
  const before = attributionOf(record);
  const { createdAt } = record.lead;
  const standing = projection.standing(record.standing);
  const further = (await projection.further?.(record)) ?? [];
  const deals = await projection.deals?.();
  const isQualified = projection.qualifies === true;
  const known = standing ?? record.standing;
  const stood = [known, projection.stood]
    .flatMap((at) => at ?? [])
    .reduce((attribution, at) => afterStanding(attribution, at, isQualified), before);
  const attribution = afterDeals(stood, deals?.won ?? 0);
  const counted = [
    ...countedFor({ createdAt, attribution: before }, -1),
    ...countedFor({ createdAt, attribution }),
    ...countedAmounts({ createdAt, attribution }, deals?.gained ?? []),
    ...countedAmounts({ createdAt, attribution }, deals?.lost ?? [], -1),
  ];
  const isOwed = !isDeepStrictEqual(attribution, before);
  // Whoever takes back or moves what the lead's deals were won for is held to the record: an amount that changes is a change of it.
  const isMoved = standing !== undefined || isOwed || deals !== undefined;
  const next = { ...record, ...(standing === undefined ? {} : { standing }), ...(isOwed ? { attribution } : {}) };
  const writes: Write[] = [
    ...(isMoved ? [{ op: 'replace', item: leadDraft(next), ifRev: item.rev } as const] : []),
    ...further,
    ...(deals === undefined ? [] : [deals.write]),
  ];
  return { writes, counted, copy: timelineCopy(projection.leadId, event, defined({ ...projection.shown })) };
};

/** One transaction: the standing if it moved, and the timeline copies, whose first means that the event was handled. Gone is gone. */
export const project = async (event: ReceivedEvent, unit: UnitOfWork, ...projections: readonly Projection[]): Promise<void> => {
  const effects = (await Promise.all(projections.map((projection) => effectOn(event, unit, projection)))).flatMap((effect) => effect ?? []);
  if (effects.length === 0) return;
  const [first, ...others] = effects.flatMap(({ copy }) => copy ?? []);
  await unit.commit({
    writes: [
      ...effects.flatMap(({ writes }) => writes),
      ...others.map((item): Write => ({ op: 'create', item })),
      ...counterWrites(
        effects.flatMap(({ counted }) => counted),
        event.metadata.subject,
      ),
    ],
    ...(first === undefined ? {} : { guard: first }),
  });
};

const factOf = (
  event: ReceivedEvent<typeof LeadScored | typeof LeadStatusChanged | typeof LeadQualified | typeof LeadDisqualified>,
): QualificationFact => ({
  standing: event.data.standing,
  sequence: event.metadata.sequence,
  at: event.metadata.occurredAt,
  qualifies: event.detailType === 'LeadQualified',
});

/** Shows the score in lists. */
export const recordScore: EventHandler<typeof LeadScored> = (event, unit) => {
  const { score, rating, lifecycleStage, previous, criteriaVersion } = event.data;
  return project(event, unit, {
    leadId: event.metadata.subject,
    standing: (before) => afterQualification(before, factOf(event)),
    stood: event.data.standing,
    shown: { score, rating, lifecycleStage, previous, criteriaVersion },
  });
};

/** Shows the status in lists. */
export const recordStatus: EventHandler<typeof LeadStatusChanged> = (event, unit) => {
  const { from, to, reason } = event.data;
  return project(event, unit, {
    leadId: event.metadata.subject,
    standing: (before) => afterQualification(before, factOf(event)),
    stood: event.data.standing,
    shown: { from, to, reason },
  });
};

/** Shows that the lead is qualified and its conversion under way. */
export const recordQualification: EventHandler<typeof LeadQualified> = (event, unit) => {
  const { score, rating, reason, conversion } = event.data;
  return project(event, unit, {
    leadId: event.metadata.subject,
    standing: (before) => afterQualification(before, factOf(event)),
    stood: event.data.standing,
    qualifies: true,
    shown: { score, rating, reason, conversion },
  });
};

/** Shows that the lead is no prospect. */
export const recordDisqualification: EventHandler<typeof LeadDisqualified> = (event, unit) => {
  const { reason, note } = event.data;
  return project(event, unit, {
    leadId: event.metadata.subject,
    standing: (before) => afterQualification(before, factOf(event)),
    stood: event.data.standing,
    shown: { reason, note },
  });
};

/** The lead is converted for good; its e-mail is free for repeat business, and belongs to a known contact. */
export const recordConversion: EventHandler<typeof LeadConverted> = (event, unit) => {
  const { leadId, contactId, accountId, contactCreated, accountCreated, accountName } = event.data;
  return project(event, unit, {
    leadId,
    standing: (before) => afterConversion(before, { contactId, accountId }, event.metadata.occurredAt),
    shown: { contactId, accountId, contactCreated, accountCreated, accountName },
    further: async ({ lead: { email } }) => {
      if (email === undefined) return [];
      const item = await readIdentity(unit.table, email);
      return nextIdentity(email, item, carriedBy(knownAs(item?.data ?? {}, contactId), leadId));
    },
  });
};

/** Shows why the lead could not be converted, if that was the last try. */
export const recordFailedConversion: EventHandler<typeof ConversionFailed> = (event, unit) => {
  const { leadId, qualifiedBy, reason } = event.data;
  return project(event, unit, {
    leadId,
    standing: (before) => afterFailure(before, { qualifiedBy: Number(qualifiedBy), reason }, event.metadata.occurredAt),
    shown: { reason },
  });
};

/** Remembers whose addresses and numbers they are, for leads to come and for who asks. A conversion's contact has its lead's address by `LeadConverted`. */
export const recordContact: EventHandler<typeof ContactCreated | typeof ContactUpdated> = async (event, unit) => {
  const { contact } = event.data;
  // Gone is gone: a late or replayed event gives nobody his address back.
  if (await isErasedContact(unit.table, contact.id)) return;
  const toE164 = await phoneReader(contact.phones.length > 0);
  const known = event.detailType === 'ContactCreated' && contact.leadId !== undefined ? contact.email : undefined;
  const identities = await Promise.all(
    emailsOf(contact)
      .filter((email) => email !== known)
      .map(async (email) => ({ email, item: await readIdentity(unit.table, email) })),
  );
  await unit.commit({
    writes: [
      ...identities
        .filter(({ item }) => item?.data.contactId !== contact.id)
        .flatMap(({ email, item }) => nextIdentity(email, item, knownAs(item?.data ?? {}, contact.id))),
      ...phonesOf(contact, toE164).map((e164) => contactPhoneWrite(e164, contact.id)),
    ].slice(0, mostAtOnce),
  });
};
