import * as z from 'zod/mini';
import type { TimelineEntry } from '#contracts/resources/lead.ts';

/** A member that has the shape that sentences need, or counts as absent. */
const told = <T extends z.ZodMiniType>(schema: T) =>
  z.union([
    schema,
    z.pipe(
      z.unknown(),
      z.transform(() => undefined),
    ),
  ]);

/** The parts of events' data that sentences are made of. */
const Told = z.object({
  name: told(z.optional(z.string())),
  source: told(z.optional(z.string())),
  channel: told(z.optional(z.string())),
  changed: told(z.optional(z.array(z.string()))),
  reason: told(z.optional(z.string())),
  stageName: told(z.optional(z.string())),
  to: told(z.optional(z.string())),
  account: told(z.optional(z.object({ name: z.string() }))),
  accountName: told(z.optional(z.string())),
  contact: told(
    z.optional(z.object({ firstName: z.optional(z.string()), lastName: z.optional(z.string()), email: z.optional(z.string()) })),
  ),
  interaction: told(z.optional(z.object({ kind: z.string(), direction: z.optional(z.string()), subject: z.optional(z.string()) }))),
});
type Told = z.infer<typeof Told>;

const person = ({ contact }: Told): string =>
  [contact?.firstName, contact?.lastName].filter((part) => part !== undefined).join(' ') || (contact?.email ?? 'The contact');
const account = (told: Told): string => told.account?.name ?? 'The account';
const deal = ({ name }: Told): string => (name === undefined ? 'The deal' : `The deal “${name}”`);
const changes = ({ changed }: Told): string => changed?.join(', ') ?? '';
const because = ({ reason }: Told): string => (reason === undefined ? '' : `: ${reason}`);
const inStage = ({ stageName }: Told): string => (stageName === undefined ? '' : ` in ${stageName}`);
const captured = ({ source, channel }: Told): string =>
  `${source === undefined ? '' : ` from ${source}`}${channel === undefined ? '' : ` by ${channel}`}`;

const summaries: Readonly<Record<string, (told: Told) => string>> = {
  LeadCaptured: (told) => `The lead was captured${captured(told)}.`,
  LeadTouched: (told) => `The lead was captured again${captured(told)}.`,
  LeadUpdated: (told) => `The lead was changed: ${changes(told)}.`,
  LeadStatusChanged: (told) => `The lead went to ${told.to ?? 'another status'}${because(told)}.`,
  LeadQualified: (told) => `The lead was qualified${because(told)}.`,
  LeadDisqualified: (told) => `The lead was disqualified${because(told)}.`,
  LeadConverted: (told) => `The lead was converted into a contact${told.accountName === undefined ? '' : ` at ${told.accountName}`}.`,
  ConversionFailed: (told) => `The lead could not be converted${because(told)}.`,
  AccountCreated: (told) => `${account(told)} was added.`,
  AccountUpdated: (told) => `${account(told)} was changed: ${changes(told)}.`,
  AccountMerged: (told) => `Another account was merged into ${account(told)}.`,
  ContactCreated: (told) => `${person(told)} was added.`,
  ContactUpdated: (told) => `${person(told)} was changed: ${changes(told)}.`,
  ContactMoved: (told) => (told.to === undefined ? `${person(told)} left the company.` : `${person(told)} moved to another company.`),
  ContactMerged: (told) => `Another contact was merged into ${person(told)}.`,
  ContactDeleted: (told) => `${person(told)} was deleted.`,
  DealCreated: (told) => `${deal(told)} was opened${inStage(told)}.`,
  DealUpdated: (told) => `${deal(told)} was changed: ${changes(told)}.`,
  DealStageChanged: (told) => `${deal(told)} moved to ${told.stageName ?? 'another stage'}.`,
  DealWon: (told) => `${deal(told)} was won.`,
  DealLost: (told) => `${deal(told)} was lost${because(told)}.`,
  DealReopened: (told) => `${deal(told)} was reopened${inStage(told)}.`,
  InteractionLogged: ({ interaction }) =>
    `${interaction?.direction === undefined ? 'A' : interaction.direction === 'inbound' ? 'An inbound' : 'An outbound'} ${interaction?.kind ?? 'contact'}${
      interaction?.subject === undefined ? '' : `: ${interaction.subject}`
    }.`,
};

/** An event as it is kept; `id` and `at` where they are not the event's own. */
export interface Kept {
  readonly detailType: string;
  readonly detail: {
    readonly metadata: { readonly eventId: string; readonly occurredAt: string; readonly actor: string; readonly correlationId: string };
    readonly data: Readonly<Record<string, unknown>>;
  };
}

/** A line of the timeline of an account or contact. */
export const timelineEntry = ({ detailType, detail: { metadata, data } }: Kept): TimelineEntry => ({
  id: metadata.eventId,
  type: detailType,
  at: metadata.occurredAt,
  actor: metadata.actor,
  correlationId: metadata.correlationId,
  summary: summaries[detailType]?.(Told.parse(data)) ?? `${detailType}.`,
  data: { ...data },
});
