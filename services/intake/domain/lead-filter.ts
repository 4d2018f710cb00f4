import type { Lead } from '#contracts/resources/lead.ts';

/** The filters of the list of leads that look at one lead; all given ones must hold. */
export interface LeadFilter {
  readonly status?: Lead['status'] | undefined;
  readonly rating?: Lead['rating'] | undefined;
  readonly lifecycleStage?: Lead['lifecycleStage'] | undefined;
  readonly source?: string | undefined;
  readonly campaign?: string | undefined;
  readonly channel?: Lead['channel'] | undefined;
  readonly interest?: string | undefined;
  readonly priority?: Lead['priority'] | undefined;
  readonly tag?: string | undefined;
  readonly owner?: string | undefined;
  readonly q?: string | undefined;
  /** Exclusive bounds of `createdAt`. */
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
}

const fold = (text: string): string => text.normalize('NFC').toLowerCase();

/** Prefix of first, last or full name, company or e-mail, in any case. */
const matchesText = (lead: Lead, q: string): boolean => {
  const sought = fold(q);
  const full = [lead.firstName, lead.lastName].filter((part) => part !== undefined).join(' ');
  return [lead.firstName, lead.lastName, full, lead.company, lead.email].some(
    (text) => text !== undefined && fold(text).startsWith(sought),
  );
};

const exact = ['status', 'rating', 'lifecycleStage', 'source', 'campaign', 'channel', 'interest', 'priority', 'owner'] as const;

/** The test of one lead, and whether it asks anything that the order of the list doesn't answer. */
export const matches = (lead: Lead, filter: LeadFilter): boolean =>
  exact.every((name) => filter[name] === undefined || filter[name] === lead[name]) &&
  (filter.tag === undefined || lead.tags.includes(filter.tag)) &&
  (filter.createdAfter === undefined || lead.createdAt > filter.createdAfter) &&
  (filter.createdBefore === undefined || lead.createdAt < filter.createdBefore) &&
  (filter.q === undefined || matchesText(lead, filter.q));

/** Whether every lead passes but for the time of its creation, which is the order of the list. */
export const isUnfiltered = (filter: LeadFilter): boolean =>
  exact.every((name) => filter[name] === undefined) && filter.tag === undefined && filter.q === undefined;
