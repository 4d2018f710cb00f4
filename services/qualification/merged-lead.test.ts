import { describe, expect, it } from 'vitest';
import { LeadCaptured, LeadMerged } from '#contracts/events/intake.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { serveHttp } from '#runtime/http.ts';
import { newId } from '#runtime/new-id.ts';
import { busEvent, client, queueEvent, seedKey, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { handlers } from './api.ts';
import { handlers as eventHandlers } from './events.ts';
import { apiRoutes } from './routes.ts';
import { qualification } from './service.ts';

const at = new Date(testNow).toISOString();

const leadState = (): LeadState => ({
  id: newId('lead', testNow),
  kind: 'person',
  priority: 'normal',
  lastName: 'Doe',
  source: 'website',
  channel: 'web-form',
  tags: [],
  touches: 1,
  createdAt: at,
  updatedAt: at,
  version: 1,
});

describe('a merged lead', () => {
  it('is answered with the way to its final survivor, refuses actions naming it, and is not brought back by what comes late', async () => {
    const edge = testEdge();
    seedKey(edge);
    const call = client(serveHttp({ service: qualification, routes: apiRoutes, handlers, edge }));
    const deliver = serveEvents({ service: qualification, handlers: eventHandlers, edge });
    const [source, middle, survivor] = [leadState(), leadState(), leadState()];
    const merged = (from: LeadState, into: LeadState) =>
      edge.table.seed({ ...leadRecordKey(from.id), kind: 'lead', data: { gone: { reason: 'merged', into: into.id, at }, sequence: 2 } });
    merged(source, middle);
    merged(middle, survivor);
    edge.table.seed({ ...leadRecordKey(survivor.id), kind: 'lead', data: { lead: survivor, sequence: 1 } });
    const said = [
      busEvent({
        source: 'intake',
        contract: LeadMerged,
        subject: source.id,
        sequence: 2,
        data: { leadId: source.id, mergedInto: middle.id },
      }),
      busEvent({ source: 'intake', contract: LeadCaptured, subject: source.id, sequence: 1, data: { lead: source } }),
    ];
    for (const event of said) expect((await deliver(queueEvent([event]), testContext())).batchItemFailures).toEqual([]);
    const answer = await call('GET', `/v1/leads/${source.id}/qualification`);
    expect([answer.status, answer.headers.location]).toEqual([301, `/v1/leads/${survivor.id}/qualification`]);
    for (const action of ['qualify', 'work']) {
      const refused = await call('POST', `/v1/leads/${source.id}/${action}`, { body: {} });
      expect([refused.status, refused.body.type, refused.body.mergedInto]).toEqual([409, '/problems/merged', survivor.id]);
    }
    expect((await call('GET', `/v1/leads/${newId('lead', testNow)}/qualification`)).status).toBe(404);
  });
});
