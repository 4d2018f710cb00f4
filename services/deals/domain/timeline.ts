import * as z from 'zod/mini';
import { EventMetadata } from '#contracts/core/event.ts';
import type { TimelineEntry } from '#contracts/resources/lead.ts';

/** An event as its item keeps it. */
const Said = z.object({
  detailType: z.string(),
  detail: z.object({ metadata: EventMetadata, data: z.record(z.string(), z.unknown()) }),
});

const Numbered = z.optional(z.object({ number: z.string() }));

const Named = z.object({
  quote: Numbered,
  invoice: Numbered,
  stageName: z.optional(z.string()),
  reason: z.optional(z.string()),
  changed: z.optional(z.array(z.string())),
  task: z.optional(z.object({ title: z.string() })),
});

const summaryOf = (type: string, data: unknown): string => {
  const parsed = z.safeParse(Named, data);
  const { stageName, reason, changed, task, quote, invoice } = parsed.success ? parsed.data : {};
  const number = quote?.number ?? invoice?.number ?? '';
  switch (type) {
    case 'DealCreated':
      return `The deal was opened${stageName ? ` in ${stageName}` : ''}.`;
    case 'DealUpdated':
      return `The deal was changed: ${changed?.join(', ') ?? ''}.`;
    case 'DealStageChanged':
      return `The deal moved to ${stageName ?? 'another stage'}.`;
    case 'DealWon':
      return 'The deal was won.';
    case 'DealLost':
      return `The deal was lost: ${reason ?? 'other'}.`;
    case 'InteractionLogged':
      return 'Somebody was in touch about the deal.';
    case 'DealReopened':
      return `The deal was reopened${stageName ? ` in ${stageName}` : ''}.`;
    case 'DealRotten':
      return `The deal has been in ${stageName ?? 'its stage'} for too long.`;
    case 'TaskDue':
      return `A follow-up is due${task ? `: ${task.title}` : ''}.`;
    case 'QuoteSent':
      return `Quote ${number} was sent.`;
    case 'QuoteAccepted':
      return `Quote ${number} was accepted.`;
    case 'QuoteDeclined':
      return `Quote ${number} was declined.`;
    case 'QuoteExpired':
      return `Quote ${number} expired without an answer.`;
    case 'InvoiceIssued':
      return `Invoice ${number} was issued.`;
    case 'InvoicePaid':
      return `Invoice ${number} is paid in full.`;
    case 'InvoiceVoided':
      return `Invoice ${number} was voided.`;
    default:
      return `${type} happened.`;
  }
};

/** A line of a deal's timeline. */
export const timelineEntry = (item: unknown): TimelineEntry => {
  const { detailType, detail } = z.parse(Said, item);
  const { eventId, occurredAt, actor, correlationId } = detail.metadata;
  return {
    id: eventId,
    type: detailType,
    at: occurredAt,
    actor,
    correlationId,
    summary: summaryOf(detailType, detail.data),
    data: detail.data,
  };
};
