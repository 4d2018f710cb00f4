import { eventually, type Product } from '../product.ts';
import type { Surroundings } from './requests.ts';

const email = (name: string): string => `${name}@fuzz.example`;

/** Records of every kind, a few of each, for requests to be about; and what lists and records answer that may be sent again. */
export const someRecords = async ({ request }: Product, key: string): Promise<Surroundings> => {
  const pools: Record<string, string[]> = {};
  const keep = (id: unknown): string => {
    const text = String(id);
    const prefix = text.split('_')[0] ?? '';
    pools[prefix] = [...(pools[prefix] ?? []), text];
    return text;
  };
  const make = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await request('POST', path, { body });
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body;
  };
  const money = (amount: number) => ({ amount, currency: 'EUR' });
  const lineItems = [{ name: 'Engine', quantity: '2.5', unitPrice: money(1_005), taxPercent: 19 }];

  for (const round of [0, 1, 2]) {
    const form = await make('/v1/forms', {
      name: 'Fuzz',
      source: 'fuzz',
      submissionsPerMinute: 0,
      ...(round === 1 && { redirectUrl: 'https://thanks.example/' }),
    });
    keep(form.id);
    const submission = await request('POST', `/v1/forms/${String(form.id)}/submissions`, {
      body: { email: email(`form${round}`), ...(round === 2 && { website_url: 'spam' }) },
      key: null,
    });
    keep(submission.body.submissionId);
    for (const name of ['a', 'b'])
      keep(
        (await make('/v1/leads', { lastName: 'Fuzz', company: 'Fuzz Ltd', email: email(`${name}${round}`), phone: '+44 20 7946 0958' })).id,
      );
    const account = keep((await make('/v1/accounts', { name: `Fuzz ${round}` })).id);
    const contact = keep((await make('/v1/contacts', { lastName: 'Fuzz', accountId: account, email: email(`contact${round}`) })).id);
    keep((await make('/v1/interactions', { contactId: contact, kind: 'call', direction: 'inbound', body: 'Hello' })).id);
    const deal = await make('/v1/deals', { name: 'Fuzz', accountId: account, contacts: [{ contactId: contact }], lineItems });
    keep(deal.id);
    keep(deal.stageId);
    keep(deal.pipelineId);
    const of = `/v1/deals/${String(deal.id)}`;
    keep((await make(`${of}/notes`, { body: 'A note' })).id);
    keep((await make(`${of}/documents`, { title: 'Offer', url: 'https://files.example/offer.pdf', kind: 'offer' })).id);
    keep((await make(`${of}/tasks`, { title: 'Call', dueAt: '2027-01-01T00:00:00.000Z' })).id);
    const quote = keep((await make(`${of}/quotes`, { validUntil: '2099-12-31' })).id);
    if (round > 0) await make(`/v1/quotes/${quote}/send`, {});
    keep((await make(`${of}/invoices`, {})).id);
    keep((await make('/v1/api-keys', { name: 'fuzz', scopes: ['leads:read'] })).id);
  }
  const pipeline = await make('/v1/pipelines', { name: 'Other', stages: [{ name: 'One', probability: 10 }] });
  keep(pipeline.id);
  const imported = await request('POST', '/v1/imports', {
    body: 'email,Last Name\nx@fuzz.example,X\nnonsense,Y\n',
    headers: { 'content-type': 'text/csv' },
  });
  keep(imported.body.id);
  await eventually(
    () => request('GET', `/v1/imports/${String(imported.body.id)}`),
    ({ body }) => body.status === 'done',
  );

  const cursors: string[] = [];
  for (const path of ['/v1/leads', '/v1/deals', '/v1/accounts', '/v1/forms', '/v1/leads?sort=-score']) {
    const { body } = await eventually(
      () => request('GET', `${path}${path.includes('?') ? '&' : '?'}limit=1`),
      (answer) => answer.body.nextCursor !== null,
    );
    cursors.push(body.nextCursor);
  }
  const etags: string[] = [];
  for (const path of [
    `/v1/leads/${pools.lead?.[0]}`,
    `/v1/deals/${pools.deal?.[0]}`,
    `/v1/quotes/${pools.quote?.[0]}`,
    '/docs',
    '/openapi.json',
  ]) {
    etags.push((await request('GET', path)).headers.get('etag') ?? '');
  }
  return { pools, cursors, etags, key };
};
