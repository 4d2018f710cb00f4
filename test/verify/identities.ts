import { isDeepStrictEqual } from 'node:util';
import { LeadRecord, leadCollection } from '#contracts/records/lead.ts';
import { QualificationRecord, qualificationRecordKey } from '#contracts/records/qualification.ts';
import { Identity } from '#services/intake/domain/identity.ts';
import { currentStanding } from '#services/intake/domain/standing.ts';
import { newIdentity } from '#services/intake/store/identities.ts';
import type { Item } from '#table/item.ts';
import { type Difference, itemsOf, unlike } from './differences.ts';

const nobody = 'nobody';

/** Copies that are not what the holder's record says, unless that says by its sequence that it was changed since; who is gone has none. */
const differencesOfCopies = (items: readonly Item[]): Difference[] => {
  const records = new Map(items.flatMap(({ kind, pk, data }) => (kind === 'lead' ? [[pk, LeadRecord.parse(data)] as const] : [])));
  return items.flatMap((item) => {
    const { leadId, copy } = item.kind === 'identity' ? Identity.parse(item.data) : {};
    if (copy === undefined) return [];
    const { lead, sequence = 0 } = records.get(leadCollection(leadId ?? nobody)) ?? {};
    if (lead !== undefined && copy.sequence < sequence) return [];
    const isSame = copy.sequence === sequence && isDeepStrictEqual(copy.lead, lead);
    return isSame ? [] : unlike(item, 'copy', JSON.stringify(copy.lead), `${sequence}: ${JSON.stringify(lead)}`);
  });
};

/**
 * Addresses that are not held by the one lead that has them and is not converted, and the other way round, and copies of holders that are wrong. Whose contact an address is and who had it
 * formerly is no lock, but what look-ups begin with, and is not looked at.
 */
export const differencesOfIdentities = (items: readonly Item[]): Difference[] => {
  const qualifications = new Map(items.flatMap((item) => (item.kind === 'qualification' ? [[item.pk, item]] : [])));
  const holders = new Map<string, string>();
  for (const { kind, data } of items) {
    const record = kind === 'lead' ? LeadRecord.parse(data) : undefined;
    const { id, email } = record?.lead ?? {};
    if (id === undefined || email === undefined) continue;
    const own = QualificationRecord.safeParse(qualifications.get(qualificationRecordKey(id).pk)?.data);
    const { status } = currentStanding(record?.standing, own.success ? own.data : undefined).standing;
    if (status === 'converted') continue;
    const [{ pk } = { pk: email }] = itemsOf([newIdentity(email, {})]);
    // Two leads that hold one address show as one that is not stored.
    holders.set(pk, holders.has(pk) ? `${holders.get(pk)} and ${id}` : id);
  }
  const stored = new Map(
    items.flatMap(({ kind, pk, data }) => (kind === 'identity' ? [[pk, Identity.parse(data).leadId ?? nobody] as const] : [])),
  );
  return [
    ...[...new Set([...holders.keys(), ...stored.keys()])].flatMap((pk) =>
      unlike({ pk, sk: 'identity' }, 'leadId', stored.get(pk) ?? nobody, holders.get(pk) ?? nobody),
    ),
    ...differencesOfCopies(items),
  ];
};
