import { expect, it } from 'vitest';
import { leadRecordKey } from '#contracts/records/lead.ts';
import { newLead } from '#services/intake/domain/lead.ts';
import { newIdentity } from '#services/intake/store/identities.ts';
import { leadDraft } from '#services/intake/store/leads.ts';
import { itemsOf } from './differences.ts';
import { differencesOfIdentities } from './identities.ts';

const email = 'ada@example.com';
const lead = newLead(
  { id: 'lead_01J00000000000000000000000', fields: { email, company: 'Acme' }, now: '2026-11-22T18:18:42.000Z' },
  { source: 'web', channel: 'web-form' },
  () => undefined,
);
const record = (sequence: number) => ({ ...leadDraft({ lead, sequence }), rev: 1 });
const identity = (copied: typeof lead, sequence: number) =>
  itemsOf([newIdentity(email, { leadId: lead.id, copy: { lead: copied, sequence } })]).map((item) => ({ ...item, rev: 1 }));

it('finds nothing amiss with a copy of the holder that is right, or that the record has overtaken', () => {
  expect(differencesOfIdentities([record(3), ...identity(lead, 3)])).toEqual([]);
  expect(differencesOfIdentities([record(4), ...identity({ ...lead, company: 'Before' }, 3)])).toEqual([]);
});

it('reports a copy that says otherwise at the same sequence, one ahead of the record, and one of a lead that is gone', () => {
  const wrong = identity({ ...lead, company: 'Other' }, 3);
  expect(differencesOfIdentities([record(3), ...wrong])).toMatchObject([{ sk: 'identity', name: 'copy' }]);
  expect(differencesOfIdentities([record(3), ...identity(lead, 4)])).toMatchObject([{ sk: 'identity', name: 'copy' }]);
  const gone = { ...leadRecordKey(lead.id), kind: 'lead', rev: 2, data: { gone: { reason: 'deleted', at: lead.createdAt }, sequence: 2 } };
  expect(differencesOfIdentities([gone, ...identity(lead, 1)]).map(({ name }) => name)).toContain('copy');
});
