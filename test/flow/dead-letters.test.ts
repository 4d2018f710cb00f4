import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busOf, eventually, type Product, startProduct } from '../product.ts';

let product: Product;
let bus: EventBridgeClient;

beforeAll(async () => {
  product = await startProduct();
  bus = busOf(product);
});
afterAll(async () => {
  bus.destroy();
  await product.stop();
});

const put = (source: string, detailType: string, detail: unknown) =>
  bus.send(
    new PutEventsCommand({
      Entries: [{ EventBusName: 'leadline-local', Source: source, DetailType: detailType, Detail: JSON.stringify(detail) }],
    }),
  );

/** What qualification gave up; each other consumer of the same event has a letter of its own. */
const deadLetters = async () =>
  (await product.client.call('listDeadLetters', { query: { limit: 100 } })).body.data.filter(
    ({ consumer }) => consumer === 'qualification',
  );

describe('an event that cannot be handled', () => {
  it("ends whole in that consumer's dead letters, is sent again on demand, and is listed anew when it fails again", async () => {
    const nonsense = { metadata: { eventId: 'evt_nonsense', correlationId: 'poison-1' }, data: { lead: 'none' } };
    await put('leadline.intake', 'LeadCaptured', nonsense);
    const [letter] = await eventually(deadLetters, (letters) => letters.length > 0, 60);
    expect(letter).toMatchObject({
      consumer: 'qualification',
      detailType: 'LeadCaptured',
      correlationId: 'poison-1',
      event: { source: 'leadline.intake', 'detail-type': 'LeadCaptured', detail: nonsense },
    });
    expect(letter?.error).not.toBe('');

    const redriven = await product.request('POST', '/v1/admin/dead-letters/redrive', { body: { ids: [letter?.id] } });
    expect({ status: redriven.status, body: redriven.body }).toEqual({ status: 202, body: { redriven: 1 } });
    const [again] = await eventually(deadLetters, (letters) => letters.length === 1 && letters[0]?.id !== letter?.id, 60);
    expect(again?.event).toEqual(letter?.event);
  });

  it('does not hold up what comes after it', async () => {
    await put('leadline.intake', 'LeadCaptured', 'not even an object');
    const { body } = await product.client.call('createLead', { body: { email: 'after@poison.example', company: 'After Ltd' } });
    await eventually(
      () => product.client.call('getLead', { params: { leadId: body.id } }),
      (reply) => reply.body.score > 0,
    );
  });

  it('refuses nothing of what AWS clients may ask of the bus', async () => {
    const { FailedEntryCount, Entries } = await put('marketing.mailer', 'SomethingElse', { any: 1 });
    expect(FailedEntryCount).toBe(0);
    expect(Entries?.[0]?.EventId).toEqual(expect.any(String));
  });
});
