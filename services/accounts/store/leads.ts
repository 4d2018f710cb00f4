import { LeadRecord, leadRecordKey } from '#contracts/records/lead.ts';
import type { Reader } from '#runtime/unit-of-work.ts';

/** Whether intake has such a lead, by its record (declared foreign read). */
export const leadExists = async (table: Reader, leadId: string): Promise<boolean> => {
  const item = await table.get(leadRecordKey(leadId));
  return item !== undefined && LeadRecord.parse(item.data).gone === undefined;
};
