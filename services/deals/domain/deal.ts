import type { EventContract } from '#contracts/core/event.ts';
import { DealCreated, DealLost, DealReopened, DealRotten, DealStageChanged, DealWon } from '#contracts/events/deals.ts';
import type { Deal, DealInput, DealState, LoseInput, Pipeline, Stage } from '#contracts/resources/deal.ts';
import { share } from './money.ts';

/** Stages a deal has left, by pipeline, each with the milliseconds it was there in all. */
export type Visits = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What deals keeps of a deal. */
export interface DealRecord {
  readonly deal: DealState;
  /** Number of the last event about it. */
  readonly sequence: number;
  readonly visited: Visits;
  /** When it entered the stage in which it was last told to be rotten. */
  readonly rottenTold?: string;
}

/** Something that happened to a deal, to be said with the next number. */
export interface Fact {
  readonly contract: EventContract;
  readonly data: Readonly<Record<string, unknown>> & { readonly deal: DealState };
}

export interface Change {
  readonly next: DealRecord;
  readonly facts: readonly Fact[];
}

const dayMs = 86_400_000;

/** True while an open deal stands in its stage for longer than the stage allows. */
export const isRotten = (deal: DealState, stage: Stage | undefined, now: string): boolean =>
  deal.status === 'open' &&
  stage?.rottenAfterDays !== undefined &&
  Date.parse(now) - Date.parse(deal.stageEnteredAt) > stage.rottenAfterDays * dayMs;

export const weightedAmount = ({ amount, probability }: DealState): DealState['amount'] => amount && share(amount, probability);

/** The deal as the API answers it. */
export const toResource = (deal: DealState, stage: Stage | undefined, now: string): Deal => {
  const weighted = weightedAmount(deal);
  return { ...deal, ...(weighted === undefined ? {} : { weightedAmount: weighted }), rotten: isRotten(deal, stage, now) };
};

type Opening = Omit<DealInput, 'pipelineId' | 'stageId'>;

/** A new deal in that stage; its probability is the stage's unless given. */
export const openDeal = (id: string, input: Opening, pipeline: Pipeline, stage: Stage, now: string): Change => {
  const deal: DealState = {
    id,
    ...input,
    pipelineId: pipeline.id,
    stageId: stage.id,
    probability: input.probability ?? stage.probability,
    status: 'open',
    stageEnteredAt: now,
    createdAt: now,
    updatedAt: now,
    version: 1,
  };
  const data = { deal, stageName: stage.name };
  return { next: { deal, sequence: 1, visited: {} }, facts: [{ contract: DealCreated, data }] };
};

/** With one more change by a caller. */
export const changed = (record: DealRecord, deal: DealState, now: string): DealRecord => ({
  ...record,
  deal: { ...deal, version: deal.version + 1, updatedAt: now },
});

/** With what happened numbered on from the last event. */
export const said = (record: DealRecord, facts: readonly Fact[]): Change => ({
  next: { ...record, sequence: record.sequence + facts.length },
  facts,
});

/** The stages that a deal has left once it leaves the present one. */
export const leave = ({ deal, visited }: DealRecord, at: string): Visits => {
  const known = visited[deal.pipelineId] ?? {};
  const stayed = Math.max(0, Date.parse(at) - Date.parse(deal.stageEnteredAt));
  return { ...visited, [deal.pipelineId]: { ...known, [deal.stageId]: (known[deal.stageId] ?? 0) + stayed } };
};

/** In another stage from now on, with that stage's probability. */
export const enter = (record: DealRecord, pipelineId: string, stage: Stage, now: string): DealRecord => ({
  ...record,
  deal: { ...record.deal, pipelineId, stageId: stage.id, probability: stage.probability, stageEnteredAt: now },
  visited: leave(record, record.deal.closedAt ?? now),
});

/** Into another stage of its pipeline, with that stage's probability. */
export const moveDeal = (record: DealRecord, stage: Stage, now: string): Change => {
  const entered = enter(record, record.deal.pipelineId, stage, now);
  const next = changed(entered, entered.deal, now);
  const data = { deal: next.deal, from: record.deal.stageId, to: stage.id, stageName: stage.name };
  return said(next, [{ contract: DealStageChanged, data }]);
};

/** Won: 100 %, wherever in the pipeline it stood. */
export const winDeal = (record: DealRecord, closedAt: string, now: string): Change => {
  const next = changed(record, { ...record.deal, status: 'won', probability: 100, closedAt }, now);
  return said(next, [{ contract: DealWon, data: { deal: next.deal } }]);
};

/** Lost: 0 %, for a reason. */
export const loseDeal = (record: DealRecord, { reason, note }: LoseInput, now: string): Change => {
  const next = changed(record, { ...record.deal, status: 'lost', probability: 0, closedAt: now, lostReason: reason }, now);
  return said(next, [{ contract: DealLost, data: { deal: next.deal, reason, ...(note === undefined ? {} : { note }) } }]);
};

/** Open again in the stage it was in (or, when that was removed meanwhile, in the one given instead), which it enters anew. */
export const reopenDeal = (record: DealRecord, pipeline: Pipeline, stage: Stage, now: string): Change => {
  const { closedAt: _closedAt, lostReason: _lostReason, ...rest } = record.deal;
  const entered = enter(record, stage.id === record.deal.stageId ? record.deal.pipelineId : pipeline.id, stage, now);
  const { pipelineId, stageId, probability, stageEnteredAt } = entered.deal;
  const next = changed(entered, { ...rest, pipelineId, stageId, probability, stageEnteredAt, status: 'open' }, now);
  return said(next, [{ contract: DealReopened, data: { deal: next.deal, from: record.deal.status, stageName: stage.name } }]);
};

/** Told to be rotten, for this time that it entered its stage; undefined when it is not, or was told so. */
export const tellRotten = (record: DealRecord, stage: Stage | undefined, now: string): Change | undefined => {
  const { deal, rottenTold } = record;
  if (!isRotten(deal, stage, now) || rottenTold === deal.stageEnteredAt) return undefined;
  return said({ ...record, rottenTold: deal.stageEnteredAt }, [{ contract: DealRotten, data: { deal, stageName: stage?.name } }]);
};
