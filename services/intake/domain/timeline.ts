import { isRecord } from '#contracts/core/json.ts';
import type { TimelineEntry } from '#contracts/resources/lead.ts';

/** An event as it is kept in a lead's timeline. */
export interface KeptEvent {
  readonly detailType: string;
  readonly detail: {
    readonly metadata: { readonly eventId: string; readonly occurredAt: string; readonly actor: string; readonly correlationId: string };
    readonly data: unknown;
  };
}

const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = path.reduce<unknown>((at, name) => (isRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined), value);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined;
};

const withReason = (sentence: string, reason: string | undefined): string =>
  reason === undefined ? `${sentence}.` : `${sentence}: ${reason.replace(/\.$/, '')}.`;

const listed = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : '');

/** One readable English sentence for each type of event. */
const summaries: Readonly<Record<string, (data: unknown) => string>> = {
  LeadCaptured: (data) => `Captured from ${textAt(data, 'lead', 'source')} by ${textAt(data, 'lead', 'channel')}.`,
  LeadTouched: (data) => `Captured again from ${textAt(data, 'touch', 'source')} by ${textAt(data, 'touch', 'channel')}.`,
  LeadUpdated: (data) => `Changed: ${isRecord(data) ? listed(data.changed) : ''}.`,
  LeadMerged: (data) => `Merged into ${textAt(data, 'mergedInto')}.`,
  LeadDeleted: () => 'Deleted.',
  LeadScored: (data) => `Scored ${textAt(data, 'score')}, ${textAt(data, 'rating')}.`,
  LeadStatusChanged: (data) => withReason(`Went from ${textAt(data, 'from')} to ${textAt(data, 'to')}`, textAt(data, 'reason')),
  LeadQualified: (data) => withReason('Qualified', textAt(data, 'reason')),
  LeadDisqualified: (data) => withReason('Disqualified', textAt(data, 'reason')),
  LeadConverted: (data) => `Converted into a contact at ${textAt(data, 'accountName')}.`,
  ConversionFailed: (data) => withReason('Could not be converted', textAt(data, 'reason')),
  InteractionLogged: (data) => withReason(`Interaction, ${textAt(data, 'interaction', 'kind')}`, textAt(data, 'interaction', 'subject')),
  DealCreated: (data) => `Deal opened: ${textAt(data, 'name')}.`,
  DealDeleted: (data) => `Deal deleted: ${textAt(data, 'name')}.`,
  DealReopened: (data) => `Deal open again: ${textAt(data, 'name')}.`,
  DealUpdated: (data) => `Deal changed: ${textAt(data, 'name')}.`,
  DealWon: (data) => `Deal won: ${textAt(data, 'name')}.`,
};

/** A kept event as the timeline shows it. */
export const timelineEntry = ({ detailType, detail: { metadata, data } }: KeptEvent): TimelineEntry => ({
  id: metadata.eventId,
  type: detailType,
  at: metadata.occurredAt,
  actor: metadata.actor,
  correlationId: metadata.correlationId,
  summary: summaries[detailType]?.(data) ?? `${detailType}.`,
  data: isRecord(data) ? data : {},
});
