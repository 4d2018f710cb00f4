import { LeadUpdated } from '#contracts/events/intake.ts';
import { leadRecordKey } from '#contracts/records/lead.ts';
import type { LeadState } from '#contracts/resources/lead.ts';
import type { Criteria, CriteriaInput } from '#contracts/resources/qualification.ts';
import type { Edge } from '#runtime/edge.ts';
import { newId } from '#runtime/new-id.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import { defaultCriteria } from '#services/qualification/domain/default-criteria.ts';
import { scoreLead } from '#services/qualification/domain/score.ts';
import { leadsPerStep, rescoreLeads } from '#services/qualification/use-cases/rescore-leads.ts';
import { scoreLead as hearOfLead } from '#services/qualification/use-cases/score-lead.ts';
import { operationsOf } from '#table/operations.ts';
import { outboxRecords } from '#table/outbox.ts';
import { openTestTable } from '#testing/engine.ts';
import { memoryTable } from '#testing/memory-table.ts';
import { busEvent } from '#testing/requests.ts';
import { runUseCase, testEdge } from '#testing/unit.ts';
import { eventually, startProduct } from '../product.ts';
import { type Figure, figure, median } from './figures.ts';
import { processorFigure, processorTime } from './way-to-deal.ts';

const day = 24 * 60 * 60 * 1000;
const now = Date.now();
const at = new Date(now).toISOString();

const leadOf = (index: number): LeadState => ({
  id: newId('lead', now + index),
  kind: 'person',
  firstName: 'Ada',
  lastName: 'Lovelace',
  email: `ada${index}@company${index}.example`,
  phone: '+44 20 7946 0958',
  jobTitle: 'Head of Operations',
  company: `Company ${index} Ltd`,
  interest: 'Difference engine',
  priority: 'normal',
  source: 'bench',
  channel: 'web-form',
  tags: ['bench', 'enterprise'],
  customFields: { budget: '50000', seats: 40 },
  touches: 1,
  createdAt: at,
  updatedAt: at,
  version: 1,
});

/** Two hundred rules of every kind, half of which hold. */
const manyRules = (version: number): Criteria => ({
  ...defaultCriteria,
  version,
  rules: Array.from({ length: 200 }, (_, i) => {
    const kinds: Criteria['rules'][number]['when'][] = [
      { field: 'jobTitle', op: 'contains', value: i % 2 === 0 ? 'operations' : 'intern' },
      { field: 'customFields.budget', op: 'gte', value: 1000 * i },
      { field: 'freeEmail', op: 'eq', value: i % 2 === 0 },
      { all: [{ field: 'company', op: 'exists' }, { not: { field: 'country', op: 'in', value: ['DE', 'AT', 'CH'] } }] },
      {
        any: [
          { field: 'tags', op: 'contains', value: 'enterprise' },
          { field: 'touches', op: 'gt', value: i },
        ],
      },
    ];
    const when = kinds[i % kinds.length] ?? { field: 'email', op: 'exists' };
    return { id: `rule-${i}`, label: `Rule ${i}`, points: (i % 7) - 3 + version, when };
  }),
  signals: { click: { points: 2, halfLifeDays: 14, max: 20 }, demo: { points: 30 } },
});

const cpuMicroseconds = (work: () => void): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
};

const scoringCost = (): Figure => {
  const criteria = manyRules(2);
  const leads = Array.from({ length: 100 }, (_, i) => leadOf(i));
  const signals = { click: [now - 20 * day, now - day], demo: [now - day] };
  const round = () => {
    for (const lead of leads) scoreLead(lead, criteria, signals, now);
  };
  for (let warm = 0; warm < 50; warm += 1) round();
  const samples = Array.from({ length: 30 }, () => cpuMicroseconds(round) / leads.length);
  return figure('scoring a lead by 200 rules: CPU', median(samples), 'µs', { atMost: 50 });
};

const hear = (edge: Edge, lead: LeadState, sequence: number) => {
  const data = { lead, changed: [] };
  const { source, detail } = busEvent({ source: 'intake', contract: LeadUpdated, data, subject: lead.id, sequence });
  const event = { source, detailType: LeadUpdated.name, metadata: detail.metadata, data };
  return runUseCase({ edge, service: 'qualification' }, (unit) => hearOfLead(event, unit));
};

const source = (lead: LeadState) => ({ ...leadRecordKey(lead.id), kind: 'lead', data: { lead, sequence: 1 } });

/** Everything that a step does but the wire: reading records, scoring, telling, and building the transaction. */
const rescoringCost = async (): Promise<Figure> => {
  const edge = testEdge(now);
  const table = memoryTable({ now: () => now });
  const leads = Array.from({ length: 450 }, (_, i) => leadOf(i));
  table.seed(...leads.map(source));
  for (const lead of leads) await hear({ ...edge, table }, lead, 1);
  const provenance = { service: 'qualification', actor: 'a', correlationId: 'c', causationId: 'c', now: at } as const;
  const unit: UnitOfWork = { ...provenance, newId: () => '', table, commit: async () => [], step: (work) => work(unit) };
  const rates: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    const before = process.cpuUsage();
    for (let start = 0; start < leads.length; start += leadsPerStep) {
      const ids = leads.slice(start, start + leadsPerStep).map(({ id }) => id);
      const { writes, events, done } = await rescoreLeads(unit, ids, manyRules(2));
      if (done !== ids.length) throw new Error('a step did not see to all its leads');
      operationsOf('bench', { writes }, outboxRecords(events, provenance), provenance);
    }
    const { user, system } = process.cpuUsage(before);
    if (round >= 2) rates.push(leads.length / ((user + system) / 1e6));
  }
  return figure('re-scoring by 200 rules, CPU-bound: leads per core', median(rates), '/s', { atLeast: 1000 });
};

const writeUnits = async (): Promise<Figure[]> => {
  const engine = await openTestTable();
  try {
    const edge = { ...testEdge(now), table: engine.open({ now: () => now }) };
    const units = async (lead: LeadState, sequence: number) => {
      const before = edge.table.consumed.writeUnits;
      await hear(edge, lead, sequence);
      return edge.table.consumed.writeUnits - before;
    };
    const lead = leadOf(0);
    const first = await units(lead, 1);
    const changed = await units({ ...lead, touches: 2 }, 2);
    return [figure('a first score: write units', first, 'WCU'), figure('a score change: write units', changed, 'WCU', { atMost: 6 })];
  } finally {
    await engine.stop();
  }
};

/** Milliseconds: each look at the counters is sixteen reads, which go before the events that they wait for. */
const askApart = 400;

/** From the PUT of criteria that make an MQL of everyone to the last lead that is one, by the counters. */
const rescoringRate = async (leads = 2_000): Promise<Figure[]> => {
  const product = await startProduct();
  try {
    const criteria = (points: number): CriteriaInput => ({
      rules: [{ id: 'all', label: 'Everyone', when: { field: 'email', op: 'exists' }, points }],
      signals: {},
      thresholds: { warm: 30, hot: 70, mql: 50 },
      autoQualify: { enabled: false, minScore: 0, requiredFields: [] },
    });
    const funnel = async () => (await product.client.call('getFunnel', {})).body;
    await product.client.call('replaceCriteria', { body: criteria(10) });
    let left = leads;
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await product.request('POST', '/v1/leads', { body: { email: `p${left}@bench.example`, company: 'Bench Ltd' } });
      }
    };
    await Promise.all(Array.from({ length: 16 }, caller));
    await eventually(funnel, ({ captured }) => captured.count === leads, 240, askApart);
    const simulated = performance.now();
    const { body } = await product.client.call('simulateCriteria', { body: { criteria: criteria(60) } });
    const simulation = performance.now() - simulated;
    const before = processorTime(product);
    const begun = performance.now();
    await product.client.call('replaceCriteria', { body: criteria(60) });
    await eventually(funnel, ({ mql }) => mql.count === leads, 240, askApart);
    const seconds = (performance.now() - begun) / 1000;
    const after = processorTime(product);
    return [
      figure(`re-scoring ${leads} open leads, end to end`, leads / seconds, '/s', { atLeast: 150 }),
      ...processorFigure('re-scoring, processor time for each lead, with what others made of it meanwhile', before, after, leads),
      figure(`a simulation on ${body.leads} open leads`, simulation, 'ms', { atMost: 29_000 }),
    ];
  } finally {
    await product.stop();
  }
};

export const qualificationFigures = async (): Promise<Figure[]> => [
  scoringCost(),
  await rescoringCost(),
  ...(await writeUnits()),
  ...(await rescoringRate()),
];
