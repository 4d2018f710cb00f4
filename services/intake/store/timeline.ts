import { leadCollection } from '#contracts/records/lead.ts';
import type { ReceivedEvent } from '#runtime/handlers.ts';
import type { Reader } from '#runtime/unit-of-work.ts';
import type { Draft } from '#table/item.ts';
import { eventKey, eventPrefix } from '#table/keys.ts';
import type { Page } from '#table/table.ts';
import type { OutboxEvent } from '#table/transaction.ts';

/**
 * What another service said about a lead, in the lead's own timeline, with the part of its data that is worth reading. Keyed by the event,
 * so that its standing also means "handled".
 */
export const timelineCopy = (leadId: string, event: ReceivedEvent, data: Readonly<Record<string, unknown>>): Draft<OutboxEvent> => ({
  ...eventKey(leadCollection(leadId), event.metadata.occurredAt, event.metadata.eventId),
  kind: 'timeline',
  data: { source: event.source, detailType: event.detailType, detail: { metadata: event.metadata, data } },
});

/** Events of the lead and of those merged into it, and copies of others' about them, newest first. */
export const listTimelineItems = (
  table: Reader,
  leadIds: readonly string[],
  page: { readonly limit: number; readonly after: string | undefined },
): Promise<Page<OutboxEvent>> =>
  table.list<OutboxEvent>({
    partitions: leadIds.map(leadCollection),
    prefix: eventPrefix,
    descending: true,
    limit: page.limit,
    ...(page.after === undefined ? {} : { after: page.after }),
  });
