import { LeadRecord, leadRecordKey } from '#contracts/records/lead.ts';
import { type Answer, movedPermanently } from '#runtime/answer.ts';
import { merged, notFound, Problem } from '#runtime/problem.ts';
import type { Reader } from '#runtime/unit-of-work.ts';

/** The lead that stands for a merged one at the end of the chain; undefined for one that is gone for good, or never was. */
const survivorOf = async (table: Reader, leadId: string): Promise<string | undefined> => {
  for (let id: string | undefined = leadId; id !== undefined; ) {
    const item = await table.get(leadRecordKey(id));
    if (item === undefined) return undefined;
    const { lead, gone } = LeadRecord.parse(item.data);
    if (lead !== undefined) return id === leadId ? undefined : id;
    id = gone?.into;
  }
  return undefined;
};

/** The refusal that whoever names a lead that is not there deserves: 404, or 409 for a merged one, naming the one that stands for it. */
export const absence = async (table: Reader, leadId: string): Promise<Problem> => {
  const survivor = await survivorOf(table, leadId);
  return survivor === undefined ? notFound('There is no such lead.') : merged(survivor);
};

/** A GET about a merged lead goes to the same of the one that stands for it; `suffix` is the rest of the path. */
export const orRedirected = async (suffix: string, answer: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await answer();
  } catch (error) {
    const survivor = error instanceof Problem && error.slug === 'merged' ? error.extra.mergedInto : undefined;
    if (typeof survivor !== 'string') throw error;
    return movedPermanently(`/v1/leads/${survivor}${suffix}`);
  }
};
