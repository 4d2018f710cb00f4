import { readFileSync } from 'node:fs';
import { formFormats } from '#contracts/resources/form.ts';
import { startEngine } from '#local/aws/engine.ts';
import { type Product, startProduct } from '../product.ts';
import { type CapacityMeter, startCapacityMeter } from './capacity-meter.ts';
import { type Figure, figure } from './figures.ts';

const fields = (email: string): Record<string, string> => ({
  name: 'Ada Lovelace',
  email,
  company: 'Analytical Engines Ltd',
  phone: '+44 20 7946 0958',
  message: 'We would like to know more about your product and its price for about forty people.',
});

const documented = (format: string): unknown => {
  const url = new URL(`../../services/intake/domain/vendors/fixtures/${format}.json`, import.meta.url);
  return { ...JSON.parse(readFileSync(url, 'utf8')).payload, is_test: false };
};

const multipart = (entries: Record<string, string>): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(entries)) form.append(name, value);
  return form;
};

/** What a person costs who is known, has been scored, and comes by the same form again: with the same particulars, and with more. */
const knownCosts = async (product: Product, meter: CapacityMeter): Promise<Figure[]> => {
  const { body: form } = await product.request('POST', '/v1/forms', { body: { name: 'F', source: 'bench', submissionsPerMinute: 0 } });
  const post = async (more: Record<string, string>): Promise<void> => {
    const body = new URLSearchParams({ ...fields('known@x.example'), ...more });
    const { status } = await product.request('POST', `/v1/forms/${form.id}/submissions`, { body, key: null });
    if (status !== 202) throw new Error(`a known person was answered ${status}`);
  };
  await post({});
  const figures: Figure[] = [];
  for (const [name, more, atMost] of [
    ['a known person', { message: 'Me again.' }, 2],
    // Coming again makes an MQL, which overtakes what is known by the address.
    ['a known person, an MQL since', { message: 'And again.', jobTitle: 'CTO' }, 3],
    ['a known person, still one', { message: 'Once more.' }, 2],
  ] as const) {
    await meter.quiet();
    // Spam, from which nothing follows, has the form read.
    await post({ ...more, website_url: 'spam' });
    meter.take();
    await post(more);
    const { calls, readUnits, writeUnits } = meter.take();
    const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
    figures.push(
      figure(`${name}: calls`, total, 'calls', { atMost }),
      figure(`${name}: write units`, writeUnits, 'WCU'),
      figure(`${name}: read units`, readUnits, 'RCU'),
    );
  }
  return figures;
};

/** What a new person costs, by the way in: fields as browsers post them, the page's own post, and each vendor's documented payload. */
export const formCosts = async (): Promise<Figure[]> => {
  const engine = await startEngine({ dataDirectory: ':memory:', onExit: () => undefined });
  const meter = await startCapacityMeter(engine.url);
  const product = await startProduct({ env: { LEADLINE_DYNAMODB_ENDPOINT: meter.url } });
  try {
    const figures: Figure[] = [];
    const measure = async (name: string, format: string, send: (url: string, round: number) => Promise<Response>): Promise<void> => {
      const body = { name, source: 'bench', format, submissionsPerMinute: 0 };
      const { body: form } = await product.request('POST', '/v1/forms', { body });
      const url = `${product.url}/v1/forms/${form.id}/submissions`;
      // The first has the form read; what follows from it is waited for, so that the next is metered alone.
      for (const round of [1, 2]) {
        await meter.quiet();
        meter.take();
        const { status } = await send(url, round);
        if (status !== 202) throw new Error(`${name} was answered ${status}`);
        if (format !== 'generic' || round === 2) break;
      }
      const { calls, writeUnits } = meter.take();
      const writes = [...calls].filter(([operation]) => operation.includes('Write')).reduce((sum, [, count]) => sum + count, 0);
      figures.push(
        figure(`${name}: writes`, writes, 'calls', { atMost: 1 }),
        figure(`${name}: write units`, writeUnits, 'WCU', { atMost: 24 }),
      );
    };
    const post = (url: string, body: string | URLSearchParams | FormData, headers: Record<string, string> = {}) =>
      fetch(url, { method: 'POST', body, headers });
    const json = { 'content-type': 'application/json' };
    await measure('JSON', 'generic', (url, round) => post(url, JSON.stringify(fields(`json${round}@x.example`)), json));
    await measure('urlencoded', 'generic', (url, round) => post(url, new URLSearchParams(fields(`url${round}@x.example`))));
    await measure('multipart', 'generic', (url, round) => post(url, multipart(fields(`multi${round}@x.example`))));
    await measure('hosted page', 'generic', (url, round) =>
      post(url, new URLSearchParams(fields(`page${round}@x.example`)), { accept: 'text/html' }),
    );
    for (const format of formFormats.filter((name) => name !== 'generic'))
      await measure(format, format, (url) => post(url, JSON.stringify(documented(format)), json));
    figures.push(...(await knownCosts(product, meter)));
    return figures;
  } finally {
    await product.stop();
    meter.stop();
    await engine.stop();
  }
};
