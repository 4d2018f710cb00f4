import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serviceNames } from '#contracts/core/event.ts';
import { noRecords, type PersonRecords } from '#contracts/records/erasure.ts';
import { afterAnswer, afterRequest, type ErasureState, erasureResource, noErasure } from './erasure.ts';

const at = '2026-11-29T10:00:00.000Z';
const asked = (round: number, records: Partial<PersonRecords> = {}) => ({
  ...noRecords,
  leadIds: ['lead_1'],
  ...records,
  round,
  requestedAt: at,
});
const begun = afterRequest(noErasure, asked(1));

const answerOf = (state: ErasureState, service: (typeof serviceNames)[number], found: Partial<PersonRecords> = {}) =>
  afterAnswer(state, { service, round: state.round, at, records: 1, found: { ...noRecords, ...found } });

/** Every service answers a round in this order; the one named has found something. */
const answered = (before: ErasureState, finder?: (typeof serviceNames)[number], found: Partial<PersonRecords> = {}) => {
  let state = before;
  let outcome = 'waits';
  for (const service of serviceNames) {
    const answer = afterAnswer(state, {
      service,
      round: before.round,
      at,
      records: 1,
      found: { ...noRecords, ...(service === finder ? found : {}) },
    });
    state = answer.next;
    outcome = answer.outcome;
  }
  return { state, outcome };
};

describe('the rounds of an erasure', () => {
  it('wait for every service, and look once more before they end', () => {
    const first = answered(begun);
    expect(first.outcome).toBe('asks-again');
    expect(first.state).toMatchObject({ round: 2, settled: true });
    const second = answered(first.state);
    expect(second.outcome).toBe('completes');
    expect(second.state.completedAt).toBe(at);
  });

  it('go on while something more of the person is found, and name it to all', () => {
    const first = answered(begun, 'accounts', { contactIds: ['cont_1'] });
    expect(first.state).toMatchObject({ round: 2, settled: false, contactIds: ['cont_1'], leadIds: ['lead_1'] });
    const second = answered(first.state, 'accounts', { contactIds: ['cont_1'], dealIds: ['deal_1'] });
    expect(second.state).toMatchObject({ round: 3, settled: false, dealIds: ['deal_1'] });
    const third = answered(second.state);
    expect(third).toMatchObject({ outcome: 'asks-again', state: { round: 4, settled: true } });
    expect(answered(third.state).outcome).toBe('completes');
  });

  it('take an answer that comes before the request', () => {
    const early = afterAnswer(noErasure, { service: 'deals', round: 1, at, records: 2, found: noRecords }).next;
    const later = afterRequest(early, asked(1));
    const others = serviceNames.filter((service) => service !== 'deals');
    const outcomes = others.reduce<{ state: ErasureState; outcome: string }>(
      ({ state }, service) => {
        const { next, outcome } = answerOf(state, service);
        return { state: next, outcome };
      },
      { state: later, outcome: 'waits' },
    );
    expect(outcomes.outcome).toBe('asks-again');
  });

  it('count an answer once, however often and in whichever order answers come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...serviceNames, ...serviceNames, ...serviceNames]), (order) => {
        const { state, outcomes } = [...order, ...serviceNames].reduce<{ state: ErasureState; outcomes: string[] }>(
          ({ state: before, outcomes: so }, service) => {
            const { next, outcome } = afterAnswer(before, { service, round: 1, at, records: 1, found: noRecords });
            return { state: next, outcomes: [...so, outcome] };
          },
          { state: begun, outcomes: [] },
        );
        expect(outcomes.filter((outcome) => outcome === 'asks-again')).toHaveLength(1);
        expect(state.round).toBe(2);
      }),
    );
  });
});

describe('the proof of an erasure', () => {
  it('says what was cleaned where, and when the last copy that nobody can edit is gone', () => {
    const { state } = answered(answered(begun).state);
    const proof = erasureResource('era_1', state, at);
    expect(proof).toMatchObject({ status: 'done', requestedAt: at, completedAt: at });
    expect(proof.cleaned.map(({ service }) => service)).toEqual([...serviceNames]);
    expect(proof.expires).toContainEqual({ where: 'backups of the table', by: '2027-01-03T10:00:00.000Z' });
  });

  it('is complete with the answer that was given last, whichever came last', () => {
    const { state } = answered(begun);
    const last = serviceNames.reduce((before, service, i) => {
      const answer = { service, round: 2, at: `2026-11-29T10:00:0${9 - i}.000Z`, records: 1, found: noRecords };
      return afterAnswer(before, answer).next;
    }, state);
    expect(last.completedAt).toBe('2026-11-29T10:00:09.000Z');
  });

  it('is pending from the first moment, before anybody has answered', () => {
    expect(erasureResource('era_1', noErasure, at)).toMatchObject({ status: 'pending', requestedAt: at, cleaned: [] });
  });
});
