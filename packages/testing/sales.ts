import { contactRecordKey } from '#contracts/records/account.ts';
import { defaultPipeline, pipelineRecordKey } from '#contracts/records/pipeline.ts';
import type { Pipeline } from '#contracts/resources/deal.ts';
import type { Draft } from '#table/item.ts';
import { seedKey } from './requests.ts';
import { type TestEdge, testEdge } from './unit.ts';

const ulid = (n: number): string => `01J0000000000000000000${String(n).padStart(4, '0')}`;

/** A contact whom deals may be with. */
export const buyerId = `cont_${ulid(1)}`;
export const buyer: Draft = { ...contactRecordKey(buyerId), kind: 'contact', data: { contact: {}, sequence: 1 } };

/** A pipeline beside the default one, of two stages. */
export const renewals: Pipeline = {
  ...defaultPipeline,
  id: `pipe_${ulid(902)}`,
  stages: [
    { id: `stage_${ulid(903)}`, name: 'Due', probability: 12.25 },
    { id: `stage_${ulid(904)}`, name: 'Agreed', probability: 95 },
  ],
};

/** An edge on which deals can be opened: with `testKey`, a contact and two pipelines. */
export const salesEdge = (): TestEdge => {
  const edge = testEdge();
  seedKey(edge);
  edge.table.seed(buyer, { ...pipelineRecordKey(renewals.id), kind: 'pipeline', data: { pipeline: renewals } });
  return edge;
};
