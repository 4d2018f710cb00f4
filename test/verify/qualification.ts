import { isOpen } from '#services/qualification/domain/lifecycle.ts';
import { funnelCounts } from '#services/qualification/store/funnel.ts';
import { openLead } from '#services/qualification/store/open-leads.ts';
import { StoredQualification } from '#services/qualification/store/qualifications.ts';
import { Address } from '#services/qualification/store/waiting.ts';
import type { Draft, Item } from '#table/item.ts';
import { Counts, type Difference, differencesOfLocks, itemsOf, unlike } from './differences.ts';

const idOf = ({ pk }: Item): string => pk.slice(pk.lastIndexOf('#') + 1);

/**
 * Counters of the funnel that differ from the steps that leads have reached (those of a deleted lead stand in its tombstone), the list of open leads from
 * the leads that are open, and addresses of leads that are not theirs.
 */
export const differencesOfQualification = (items: readonly Item[]): Difference[] => {
  const recomputed = new Counts();
  const open: Draft[] = [];
  const emails = new Map<string, string | undefined>();
  for (const item of items) {
    if (item.kind !== 'qualification') continue;
    const { capturedAt, milestones, standing, gone, email, updatedAt } = StoredQualification.parse(item.data);
    const leadId = idOf(item);
    const captured = capturedAt ?? (gone === undefined ? updatedAt : undefined);
    if (captured !== undefined) recomputed.count(funnelCounts(leadId, captured, {}, { ...milestones, captured: Date.parse(captured) }));
    if (gone !== undefined) continue;
    emails.set(leadId, email);
    if (isOpen(standing)) open.push(...itemsOf([openLead(leadId)]));
  }
  return [
    ...recomputed.differences(items.filter(({ kind }) => kind === 'funnel')),
    ...differencesOfLocks(
      open,
      items.filter(({ kind }) => kind === 'open-lead'),
    ),
    ...items.flatMap((item) => {
      const { leadId } = item.kind === 'address' ? Address.parse(item.data) : {};
      return leadId === undefined ? [] : unlike(item, 'lead', idOf(item), emails.get(leadId) ?? 'nobody');
    }),
  ];
};
