import type { ErasureRequested } from '#contracts/events/erasures.ts';
import { qualificationCollection, qualificationRecordKey } from '#contracts/records/qualification.ts';
import { answerErasure, type Cleaning, cleanItems, cleanOnce, readPerson, removed } from '#runtime/erasure.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { readQualification, saveTombstone } from '../store/qualifications.ts';
import { forgetAddress, releaseAddress } from '../store/waiting.ts';

/** A tombstone stands where the qualification stood, also where nothing of the lead has arrived yet; what was said and waits goes. */
const eraseLead = async (unit: UnitOfWork, cleaning: Cleaning, leadId: string): Promise<void> => {
  await cleanOnce(unit, cleaning, async ({ table, now }) => {
    const known = await readQualification(table, leadId);
    if (known.gone) return { cleans: [] };
    const email = known.qualification?.email;
    // Another address than the person is known by to others, perhaps: what made it change is under way.
    const release = email === undefined ? undefined : await releaseAddress(table, email, leadId, now);
    return { cleans: [...saveTombstone(leadId, 0, now, known, 'erased'), ...(release === undefined ? [] : [release])] };
  });
  const record = qualificationRecordKey(leadId);
  await cleanItems(unit, cleaning, { partition: qualificationCollection(leadId) }, (item) =>
    item.sk === record.sk ? [] : [removed(item)],
  );
};

/** Erases what qualification holds of a person: standing, history with its reasons, signals, and who has which address. The funnel keeps its counts. */
export const erasePerson: EventHandler<typeof ErasureRequested> = async (event, unit) => {
  const { erasureId, leadIds } = event.data;
  const cleaning: Cleaning = { service: 'qualification', erasureId };
  for (const leadId of leadIds) await eraseLead(unit, cleaning, leadId);
  const { emails } = await readPerson(unit.table, erasureId);
  const erased = new Set(leadIds);
  for (const email of emails) {
    await cleanOnce(unit, cleaning, async ({ table, now }) => ({ cleans: await forgetAddress(table, email, erased, now) }));
  }
  await answerErasure(event, unit, 'qualification');
};
