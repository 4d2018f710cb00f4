import { describe, expect, it } from 'vitest';
import { ErasureRequested } from '#contracts/events/erasures.ts';
import { LeadCaptured, LeadUpdated } from '#contracts/events/intake.ts';
import { qualificationCollection } from '#contracts/records/qualification.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import { serveEvents } from '#runtime/consumer.ts';
import { newId } from '#runtime/new-id.ts';
import { busEvent, queueEvent, testContext } from '#testing/requests.ts';
import { testEdge, testNow } from '#testing/unit.ts';
import { handlers } from './events.ts';
import { qualification } from './service.ts';

const at = new Date(testNow).toISOString();
const lead: LeadState = {
  id: newId('lead', testNow),
  kind: 'person',
  priority: 'normal',
  email: 'ada@analytical.example',
  company: 'Analytical Engines',
  source: 'website',
  channel: 'web-form',
  tags: [],
  touches: 1,
  createdAt: at,
  updatedAt: at,
  version: 1,
};
const subject = lead.id;

const captured = busEvent({ source: 'intake', contract: LeadCaptured, subject, sequence: 1, data: { lead } });
const requested = (round: number) => {
  const erasureId = newId('erasure', testNow);
  const data = { erasureId, round, requestedAt: at, leadIds: [lead.id], contactIds: [], dealIds: [] };
  return busEvent({ source: 'intake', contract: ErasureRequested, subject: erasureId, sequence: 2 * round - 1, data });
};

const open = () => {
  const edge = testEdge();
  const deliver = serveEvents({ service: qualification, handlers, edge });
  const say = async (...events: readonly ReturnType<typeof busEvent>[]) => {
    for (const event of events) expect((await deliver(queueEvent([event]), testContext())).batchItemFailures).toEqual([]);
  };
  return { table: edge.table, say };
};

describe('erasing a person from qualification', () => {
  it('frees the address that qualification knows, although the sheet of the person names another or none', async () => {
    const { table, say } = open();
    await say(captured, requested(1));
    expect(JSON.stringify(table.items())).not.toContain('ada@analytical.example');
    expect(table.items('address')).toEqual([]);
    expect(table.items('open-lead')).toEqual([]);
    expect(table.items().filter(({ pk }) => pk === qualificationCollection(lead.id))).toHaveLength(1);
  });

  it('counts what it cleaned, the same however often it is asked', async () => {
    const { table, say } = open();
    await say(captured, requested(1), requested(1));
    const [first, second] = table.events
      .filter(({ detailType }) => detailType === 'PersonalDataErased')
      .map(({ detail }) => Object(detail.data).records);
    expect(first).toBeGreaterThan(2);
    expect(second).toBe(0);
  });

  it('keeps the funnel, and brings nobody back for what comes late', async () => {
    const { table, say } = open();
    await say(captured);
    const funnel = table.items('funnel');
    await say(
      requested(1),
      busEvent({ source: 'intake', contract: LeadUpdated, subject, sequence: 2, data: { lead, changed: ['company'] } }),
    );
    expect(table.items('funnel')).toEqual(funnel);
    expect(JSON.stringify(table.items())).not.toContain('Analytical');
  });

  it('leaves a tombstone of a lead that it has not heard of yet', async () => {
    const { table, say } = open();
    await say(requested(1), captured);
    expect(table.items('address')).toEqual([]);
    expect(table.items('funnel')).toEqual([]);
    expect(table.items('qualification')).toHaveLength(1);
  });
});
