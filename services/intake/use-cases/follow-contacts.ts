import type { ContactDeleted, ContactMerged, InteractionLogged } from '#contracts/events/accounts.ts';
import type { EventHandler } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import type { Identity } from '../domain/identity.ts';
import { isErasedContact } from '../store/accounts.ts';
import { nextIdentity, readIdentity } from '../store/identities.ts';
import { readLead } from '../store/leads.ts';
import { timelineCopy } from '../store/timeline.ts';

interface Addresses {
  readonly email?: string | undefined;
  readonly formerEmails: readonly string[];
}

/** Who is known by a contact's addresses, present and former, after a change of each. */
const change = async (
  unit: UnitOfWork,
  { email, formerEmails }: Addresses,
  next: (identity: Identity) => Identity | undefined,
): Promise<void> => {
  const emails = [...new Set([...(email === undefined ? [] : [email]), ...formerEmails])];
  const writes = await Promise.all(
    emails.map(async (address): Promise<Write[]> => {
      const item = await readIdentity(unit.table, address);
      const identity = next(item?.data ?? {});
      return identity === undefined ? [] : nextIdentity(address, item, identity);
    }),
  );
  if (writes.flat().length > 0) await unit.commit({ writes: writes.flat() });
};

/** By the addresses of a merged contact its survivor is known. */
export const followContactMerge: EventHandler<typeof ContactMerged> = async (event, unit) => {
  const { contact, sourceId } = event.data;
  if (await isErasedContact(unit.table, contact.id)) return;
  await change(unit, contact, (identity) =>
    identity.contactId === sourceId || identity.contactId === undefined ? { ...identity, contactId: contact.id } : undefined,
  );
};

/** By the addresses of a deleted contact nobody is known, but leads. */
export const followContactDeletion: EventHandler<typeof ContactDeleted> = (event, unit) => {
  const { contact } = event.data;
  return change(unit, contact, ({ contactId, ...others }) => (contactId === contact.id ? others : undefined));
};

/** An interaction with a lead is part of its timeline; what was said in it is read at accounts. */
export const recordInteraction: EventHandler<typeof InteractionLogged> = async (event, unit) => {
  const { body: _body, ...interaction } = event.data.interaction;
  if (interaction.leadId === undefined || (await readLead(unit.table, interaction.leadId)) === undefined) return;
  const metadata = { ...event.metadata, occurredAt: interaction.occurredAt };
  await unit.commit({ writes: [], guard: timelineCopy(interaction.leadId, { ...event, metadata }, { interaction }) });
};
