import { expect, it } from 'vitest';
import type { EventContract } from '#contracts/core/event.ts';
import { ContactCreated, ContactDeleted, ContactMerged, InteractionLogged } from '#contracts/events/accounts.ts';
import { newId } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { serveIntake } from './api.ts';
import { consumeForIntake } from './events.ts';

const at = new Date(testNow).toISOString();

const open = () => {
  const edge = testEdge();
  seedKey(edge);
  const call = client(serveIntake(edge));
  const consume = consumeForIntake(edge);
  return {
    hear: async (contract: EventContract, data: unknown) => {
      const event = busEvent({ source: 'accounts', contract, data, subject: newId('contact', testNow) });
      expect((await consume(queueEvent([event, event]), testContext())).batchItemFailures).toEqual([]);
    },
    lead: async (email: string) => (await call('POST', '/v1/leads', { body: { email } })).body,
    timeline: async (leadId: string) => (await call('GET', `/v1/leads/${leadId}/timeline`)).body.data,
  };
};

const contact = (id: string, email: string | undefined, formerEmails: readonly string[] = []) => ({
  id,
  lastName: 'Doe',
  emails: [],
  phones: [],
  addresses: [],
  tags: [],
  formerAccounts: [],
  formerEmails: [...formerEmails],
  createdAt: at,
  updatedAt: at,
  version: 1,
  ...(email === undefined ? {} : { email }),
});

it('knows a merged contact by its addresses as the survivor, and a deleted one no more', async () => {
  const { hear, lead } = open();
  const [one, two] = [newId('contact', testNow), newId('contact', testNow)];
  await hear(ContactCreated, { contact: contact(one, 'one@x.example') });
  await hear(ContactCreated, { contact: contact(two, 'two@x.example') });
  const merged = contact(one, 'one@x.example', ['two@x.example']);
  await hear(ContactMerged, { contact: merged, sourceId: two, deals: [], conflicts: {} });
  expect((await lead('two@x.example')).knownContactId).toBe(one);
  await hear(ContactDeleted, { contact: merged });
  expect(await lead('one@x.example')).not.toHaveProperty('knownContactId');
});

it('tells of interactions with a lead', async () => {
  const { hear, lead, timeline } = open();
  const { id } = await lead('one@x.example');
  const times = { occurredAt: at, createdAt: at, updatedAt: at };
  await hear(InteractionLogged, {
    interaction: { id: newId('interaction', testNow), leadId: id, kind: 'call', subject: 'Price', version: 1, ...times },
  });
  const entry = (await timeline(id)).find(({ type }: { type: string }) => type === 'InteractionLogged');
  expect(entry.summary).toBe('Interaction, call: Price.');
});
