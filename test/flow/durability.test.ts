import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, startProduct } from '../product.ts';

describe('what was accepted', () => {
  it('is there after kill -9 at any moment and goes on to its deal, exactly once', async () => {
    const data = await mkdtemp(join(tmpdir(), 'leadline-kill-'));
    const accepted: string[] = [];
    let product = await startProduct({ data });
    const { id: formId } = (await product.client.call('createForm', { body: { name: 'Kill', source: 'kill', submissionsPerMinute: 0 } }))
      .body;

    for (let round = 0; round < 3; round += 1) {
      const emails = Array.from({ length: 12 }, (_, index) => `k${round}-${index}@kill.example`);
      const posting = emails.map(async (email) => {
        const { status } = await product.request('POST', `/v1/forms/${formId}/submissions`, {
          body: { email, lastName: 'Kill' },
          key: null,
        });
        if (status !== 202) return;
        accepted.push(email);
        const { body } = await product.request('GET', `/v1/leads?email=${email}`);
        await product.request('POST', `/v1/leads/${body.data[0].id}/qualify`, { body: {} });
      });
      // What the kill cuts short fails at the caller's end; only what was answered counts as accepted.
      const posts = Promise.allSettled(posting);
      await eventually(
        async () => accepted.length,
        (count) => count >= round * 12 + 4,
      );
      await product.kill();
      await posts;
      product = await startProduct({ data });
    }

    expect(accepted.length).toBeGreaterThanOrEqual(12);
    for (const email of accepted) {
      const { body } = await product.client.call('listLeads', { query: { email } });
      const held = body.data[0];
      // A converted lead no longer holds its address; then the contact does.
      if (held) {
        await product.client.call('qualifyLead', { params: { leadId: held.id } }).catch(() => undefined);
      }
    }
    const deals = await eventually(
      async () => {
        const all = [];
        for await (const deal of product.client.all('listDeals', { query: { limit: 100 } })) all.push(deal);
        return all;
      },
      (all) => all.length >= accepted.length,
      60,
    );
    const leads = deals.map(({ leadId }) => leadId);
    expect(new Set(leads).size).toBe(leads.length);
    for (const email of accepted) {
      const { body } = await product.client.call('listContacts', { query: { email } });
      expect({ email, contacts: body.data.length }).toEqual({ email, contacts: 1 });
    }
    expect((await product.client.call('listDeadLetters')).body.data).toEqual([]);
    await product.stop();
    await rm(data, { recursive: true, force: true });
  }, 180_000);

  it('ends within five seconds of SIGTERM', async () => {
    const product = await startProduct();
    const begun = performance.now();
    const code = await product.stop();
    expect(code).toBe(0);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
