import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EventContract } from '#contracts/core/event.ts';
import { ConversionFailed, LeadConverted } from '#contracts/events/accounts.ts';
import { LeadCaptured, LeadTouched } from '#contracts/events/intake.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { type EngineEdge, openEngineEdge } from '#testing/engine.ts';
import { busEvent, client, queueEvent, testContext } from '#testing/requests.ts';
import { testNow } from '#testing/unit.ts';
import { handlers as httpHandlers } from './api.ts';
import { handlers } from './events.ts';
import { apiRoutes } from './routes.ts';
import { qualification } from './service.ts';

let edge: EngineEdge;
let call: ReturnType<typeof client>;
const now = new Date(testNow).toISOString();

beforeAll(async () => {
  edge = await openEngineEdge();
  call = client(serveHttp({ service: qualification, routes: apiRoutes, handlers: httpHandlers, edge }));
  // The first use of a key in an hour is noted, for one unit.
  await call('GET', '/v1/qualification/criteria');
});
afterAll(() => edge.engine.stop());

const writeUnits = async (work: () => Promise<unknown>): Promise<number> => (await edge.costOf(work)).write;

const ordinary = (fields: Partial<LeadState> = {}): LeadState => ({
  id: newId('lead', testNow),
  kind: 'person',
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: 'ada@lovelace.example',
  phone: '+44 20 7946 0000',
  phoneE164: '+442079460000',
  jobTitle: 'Managing Director',
  company: 'Lovelace Engines Ltd',
  country: 'GB',
  interest: 'Analytical engine',
  message: 'We would like to see the engine at work, and to hear what it costs.',
  priority: 'normal',
  source: 'website',
  campaign: 'spring-2026',
  channel: 'web-form',
  utm: { source: 'newsletter', medium: 'email', campaign: 'spring-2026' },
  tags: ['website'],
  touches: 1,
  formId: newId('form', testNow),
  createdAt: now,
  updatedAt: now,
  version: 1,
  ...fields,
});

const hear = async (contract: EventContract, lead: LeadState, data: unknown, sequence: number) => {
  const source = contract === LeadConverted || contract === ConversionFailed ? 'accounts' : 'intake';
  const event = busEvent({ source, contract, data, subject: lead.id, sequence, actor: `form:${lead.formId}` });
  expect((await serveEvents({ service: qualification, handlers, edge })(queueEvent([event]), testContext())).batchItemFailures).toEqual([]);
};

test('a first score costs 10 write units, a changed one 6 at most, and one that stays 2', async () => {
  const lead = ordinary();
  expect(await writeUnits(() => hear(LeadCaptured, lead, { lead }, 1))).toBeLessThanOrEqual(10);
  const touch = { at: now, source: 'website', channel: 'web-form' };
  const richer = { ...lead, touches: 2, customFields: { budget: '50k' } };
  expect(await writeUnits(() => hear(LeadTouched, lead, { lead: richer, touch }, 2))).toBeLessThanOrEqual(6);
  expect(await writeUnits(() => hear(LeadTouched, lead, { lead: richer, touch }, 3))).toBeLessThanOrEqual(2);
});

test('qualifying costs 12 write units at most, and taking note of its conversion 6', async () => {
  const lead = ordinary();
  await edge.seed({ ...leadRecordKey(lead.id), kind: 'lead', data: { lead, sequence: 1 } });
  await hear(LeadCaptured, lead, { lead }, 1);
  expect(await writeUnits(() => call('POST', `/v1/leads/${lead.id}/qualify`))).toBeLessThanOrEqual(12);
  const [contactId, accountId] = [newId('contact', testNow), newId('account', testNow)];
  const converted = {
    leadId: lead.id,
    contactId,
    accountId,
    contactCreated: true,
    accountCreated: true,
    accountName: 'Lovelace',
    conversion: { createDeal: true },
    lead,
  };
  expect(await writeUnits(() => hear(LeadConverted, lead, converted, 1))).toBeLessThanOrEqual(6);
  expect((await call('GET', `/v1/leads/${lead.id}/qualification`)).body).toMatchObject({
    status: 'converted',
    convertedTo: { contactId, accountId },
  });
});
