import type { DealState } from '#contracts/resources/deal.ts';

type Contacts = DealState['contacts'];

/** The contacts of a deal with another in the place of one, in its role, each once; undefined when that one is not among them. */
export const withoutContact = (contacts: Contacts, from: string, to: string): Contacts | undefined => {
  const leaving = contacts.find(({ contactId }) => contactId === from);
  if (leaving === undefined) return undefined;
  if (!contacts.some(({ contactId }) => contactId === to))
    return contacts.map((contact) => (contact === leaving ? { ...contact, contactId: to } : contact));
  // Who is on the deal already takes the role over that it lacks.
  return contacts.flatMap((contact) =>
    contact === leaving ? [] : [contact.contactId === to && leaving.role !== undefined ? { role: leaving.role, ...contact } : contact],
  );
};
