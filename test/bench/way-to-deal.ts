import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import { startEngine } from '#local/aws/engine.ts';
import { eventually, type Product, startProduct } from '../product.ts';
import { startCapacityMeter } from './capacity-meter.ts';
import { type Figure, figure, quantile } from './figures.ts';

const newForm = async (product: Product): Promise<string> =>
  (await product.client.call('createForm', { body: { name: 'Bench', source: 'bench', submissionsPerMinute: 0 } })).body.id;

let people = 0;
const person = () => {
  people += 1;
  return {
    email: `person${people}@company${people}.example`,
    name: `Ada Lovelace ${people}`,
    company: `Company ${people} Ltd`,
    jobTitle: 'Head of Operations',
    phone: '+44 20 7946 0958',
    interest: 'Difference engine',
    message: 'We would like to know more about your product and its price for about forty people.',
  };
};

const submit = async (product: Product, formId: string): Promise<string> => {
  const fields = person();
  const { status } = await product.request('POST', `/v1/forms/${formId}/submissions`, { body: new URLSearchParams(fields), key: null });
  if (status !== 202) throw new Error(`a submission was answered ${status}`);
  const { body } = await product.request('GET', `/v1/leads?email=${fields.email}`);
  return body.data[0].id;
};

const untilDeal = async (product: Product, leadId: string, millisecondsApart?: number): Promise<void> => {
  await eventually(
    () => product.request('GET', `/v1/leads/${leadId}`),
    ({ body }) => body.convertedTo?.dealId !== undefined,
    60,
    millisecondsApart,
  );
};

const untilScored = async (product: Product, leadId: string): Promise<void> => {
  await eventually(
    () => product.request('GET', `/v1/leads/${leadId}`),
    ({ body }) => body.score > 0,
    60,
  );
};

/** The product's process and what it started, its engine among them. */
const familyOf = (processId: number): number[] => {
  const children = readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return [processId, ...children.flatMap(familyOf)];
};

/** Milliseconds of processor that the product and its engine have used so far, to within 10; undefined where the system does not say. */
export const processorTime = (product: Product): number | undefined => {
  if (process.platform !== 'linux') return undefined;
  return familyOf(product.processId).reduce((sum, id) => {
    // User and system time, in hundredths of a second, after the name, which may hold anything.
    const [user, system] = readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ').slice(11, 13) ?? [];
    return sum + (Number(user) + Number(system)) * 10;
  }, 0);
};

/** What one of `count` took of a processor. A machine that is busy otherwise raises it too (10 ms became 25 ms), if less than what a clock says. */
export const processorFigure = (name: string, before: number | undefined, after: number | undefined, count: number): Figure[] =>
  before === undefined || after === undefined ? [] : [figure(name, (after - before) / count, 'ms')];

/** Form posts of new people, all different, for `seconds`. */
const intake = async (product: Product, connections: number, seconds: number): Promise<autocannon.Result> => {
  const formId = await newForm(product);
  return await autocannon({
    url: `${product.url}/v1/forms/${formId}/submissions`,
    connections,
    duration: seconds,
    requests: [
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        setupRequest: (request) => ({ ...request, body: new URLSearchParams(person()).toString() }),
      },
    ],
  });
};

/** Intake at 1 and 32 connections. A backlog of events builds up meanwhile, as it would. */
export const intakeRate = async (seconds = 8): Promise<Figure[]> => {
  const figures: Figure[] = [];
  for (const connections of [1, 32]) {
    const product = await startProduct();
    try {
      await intake(product, connections, 2);
      const before = processorTime(product);
      const { requests, latency, non2xx, errors } = await intake(product, connections, seconds);
      const after = processorTime(product);
      const name = `intake, ${connections} connection${connections > 1 ? 's' : ''}`;
      figures.push(
        figure(`${name}: accepted`, requests.average, '/s', connections === 32 ? { atLeast: 300 } : undefined),
        figure(`${name}: p50`, latency.p50, 'ms'),
        figure(`${name}: p99`, latency.p99, 'ms'),
        figure(`${name}: refused or failed`, non2xx + errors, 'requests', { atMost: 0 }),
        ...processorFigure(`${name}: processor time for each, with the events handled meanwhile`, before, after, requests.total),
      );
    } finally {
      await product.stop();
    }
  }
  return figures;
};

/** One lead at a time: from the answer to `qualify` to the deal that the lead shows. */
export const loneLatency = async (rounds = 40): Promise<Figure[]> => {
  const product = await startProduct();
  try {
    const formId = await newForm(product);
    const samples: number[] = [];
    for (let round = 0; round < rounds + 5; round += 1) {
      const leadId = await submit(product, formId);
      await untilScored(product, leadId);
      const begun = performance.now();
      await product.request('POST', `/v1/leads/${leadId}/qualify`, { body: {} });
      await untilDeal(product, leadId);
      if (round >= 5) samples.push(performance.now() - begun);
    }
    return [
      figure('a lone qualify → deal: p50', quantile(samples, 0.5), 'ms', { atMost: 400 }),
      figure('a lone qualify → deal: p99', quantile(samples, 0.99), 'ms'),
    ];
  } finally {
    await product.stop();
  }
};

const residentMebibytes = (processId: number): number => {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
};

/** Each caller asks this often for the deal: asking all the time would measure the asking, which goes before the events it waits for. */
const ASK_APART_MS = 250;

/** Sixteen callers take leads from the form post to the deal, again and again. */
export const throughput = async (leads = 600, callers = 16): Promise<Figure[]> => {
  const product = await startProduct();
  try {
    const formId = await newForm(product);
    await untilScored(product, await submit(product, formId));
    let peak = 0;
    const watch = setInterval(() => {
      if (process.platform === 'linux')
        peak = Math.max(
          peak,
          familyOf(product.processId).reduce((sum, id) => sum + residentMebibytes(id), 0),
        );
    }, 500);
    let left = leads;
    const before = processorTime(product);
    const ways: number[] = [];
    const begun = performance.now();
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const started = performance.now();
        const leadId = await submit(product, formId);
        await product.request('POST', `/v1/leads/${leadId}/qualify`, { body: {} });
        await untilDeal(product, leadId, ASK_APART_MS);
        ways.push(performance.now() - started);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    const seconds = (performance.now() - begun) / 1000;
    const after = processorTime(product);
    clearInterval(watch);
    return [
      figure(`the whole way, ${callers} callers: leads to deals`, leads / seconds, '/s', { atLeast: 40 }),
      figure(`the whole way, ${callers} callers: p50`, quantile(ways, 0.5), 'ms'),
      figure(`the whole way, ${callers} callers: p99`, quantile(ways, 0.99), 'ms'),
      ...processorFigure(`the whole way, ${callers} callers: processor time for each`, before, after, leads),
      ...(peak > 0 ? [figure('memory of everything, at most', peak, 'MiB', { atMost: 700 })] : []),
    ];
  } finally {
    await product.stop();
  }
};

/** Forty form posts of one person at once: what there is afterwards. */
export const oneOfForty = async (captures = 40): Promise<Figure[]> => {
  const product = await startProduct();
  try {
    const formId = await newForm(product);
    const begun = performance.now();
    const statuses = await Promise.all(
      Array.from({ length: captures }, async (_, i) => {
        const body = new URLSearchParams({ email: 'one@person.example', message: `No. ${i}` });
        return (await product.request('POST', `/v1/forms/${formId}/submissions`, { body, key: null })).status;
      }),
    );
    const milliseconds = performance.now() - begun;
    const { body } = await product.request('GET', '/v1/leads?email=one@person.example');
    const touches = await product.request('GET', `/v1/leads/${body.data[0].id}/touches?limit=100`);
    return [
      figure('not accepted', statuses.filter((status) => status !== 202).length, 'captures', { atMost: 0 }),
      figure('leads', body.data.length, '', { atLeast: 1, atMost: 1 }),
      figure('touches', touches.body.data.length, '', { atLeast: captures, atMost: captures }),
      figure('all answered after', milliseconds, 'ms'),
    ];
  } finally {
    await product.stop();
  }
};

/** DynamoDB calls and capacity units of intake and of the whole way, as the engine charges them. */
export const capacity = async (leads = 10): Promise<Figure[]> => {
  const engine = await startEngine({ dataDirectory: ':memory:', onExit: () => undefined });
  const meter = await startCapacityMeter(engine.url);
  const product = await startProduct({ env: { LEADLINE_DYNAMODB_ENDPOINT: meter.url } });
  try {
    const formId = await newForm(product);
    await untilScored(product, await submit(product, formId));
    const ids: string[] = [];
    let intakeUnits = 0;
    let intakeCalls = 0;
    let whole = 0;
    for (let index = 0; index < leads; index += 1) {
      const fields = person();
      await meter.quiet();
      // Spam, from which nothing follows, has the form read; it is remembered for two seconds.
      const spam = new URLSearchParams({ ...fields, website_url: `spam ${index}` });
      await product.request('POST', `/v1/forms/${formId}/submissions`, { body: spam, key: null });
      meter.take();
      // The answer comes when the one transaction is through; what follows from it may be charged before the next line, so the first charge is taken.
      await product.request('POST', `/v1/forms/${formId}/submissions`, { body: new URLSearchParams(fields), key: null });
      const first = meter.take();
      const { body } = await product.request('GET', `/v1/leads?email=${fields.email}`);
      await untilScored(product, body.data[0].id);
      const scored = meter.take();
      await product.request('POST', `/v1/leads/${body.data[0].id}/qualify`, { body: {} });
      await untilDeal(product, body.data[0].id);
      ids.push(body.data[0].id);
      await meter.quiet();
      const rest = meter.take();
      intakeUnits += first.writeUnits;
      intakeCalls += [...first.calls.values()].reduce((sum, count) => sum + count, 0);
      whole += first.writeUnits + scored.writeUnits + rest.writeUnits;
    }
    return [
      figure("a new person's intake: DynamoDB calls", intakeCalls / leads, 'calls', { atMost: 1 }),
      figure("a new person's intake: write units", intakeUnits / leads, 'WCU', { atMost: 24 }),
      figure('from form post to deal: write units', whole / leads, 'WCU', { atMost: 110 }),
    ];
  } finally {
    await product.stop();
    meter.stop();
    await engine.stop();
  }
};

/** From the command to the line `Leadline is ready`, on a fresh checkout's state and with the app synthesized before. */
export const startTime = async (): Promise<Figure[]> => {
  const times: Figure[] = [];
  for (const [name, fresh] of [
    ['start to ready, nothing synthesized', true],
    ['start to ready, synthesized before', false],
  ] as const) {
    const begun = performance.now();
    const product = await startProduct(fresh ? { fresh } : {});
    times.push(figure(name, (performance.now() - begun) / 1000, 's', { atMost: 10 }));
    await product.stop();
  }
  return times;
};
