import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ProjectedStanding } from '#contracts/records/lead.ts';
import {
  afterConversion,
  afterDeal,
  afterFailure,
  afterQualification,
  afterWin,
  currentStanding,
  type QualificationFact,
} from './standing.ts';

const at = '2026-11-22T18:18:42.000Z';
const fact = (sequence: number, standing: Partial<QualificationFact['standing']> = {}, qualifies = false): QualificationFact => ({
  sequence,
  at,
  qualifies,
  standing: { status: 'new', lifecycleStage: 'lead', score: sequence, rating: 'cold', actions: 0, ...standing },
});
const qualified = (sequence: number) =>
  fact(sequence, { status: 'qualified', lifecycleStage: 'sql', actions: 1, conversion: { status: 'pending' } }, true);

type Step = (before: ProjectedStanding | undefined) => ProjectedStanding | undefined;
const run = (steps: readonly Step[]): ProjectedStanding | undefined =>
  steps.reduce<ProjectedStanding | undefined>((before, step) => step(before) ?? before, undefined);

it('ends alike in whatever order the events of a lead’s whole way arrive, and however often', () => {
  const steps: Step[] = [
    (before) => afterQualification(before, fact(1)),
    (before) => afterQualification(before, fact(2, { status: 'working', actions: 1 })),
    (before) => afterQualification(before, qualified(3)),
    (before) => afterFailure(before, { qualifiedBy: 3, reason: 'gone' }, at),
    (before) => afterQualification(before, { ...qualified(4), standing: { ...qualified(4).standing, actions: 2 } }),
    (before) => afterConversion(before, { contactId: 'cont_1', accountId: 'acct_1' }, at),
    (before) => afterDeal(before, 'deal_1', at),
    (before) => afterWin(before, at),
  ];
  const shown = (standing: ProjectedStanding | undefined) => currentStanding(standing, undefined);
  const expected = shown(run(steps));
  expect(expected).toMatchObject({
    actions: 2,
    standing: {
      status: 'converted',
      lifecycleStage: 'customer',
      score: 4,
      convertedTo: { contactId: 'cont_1', accountId: 'acct_1', dealId: 'deal_1' },
      conversion: { status: 'done' },
    },
  });
  fc.assert(
    fc.property(fc.shuffledSubarray([...steps, ...steps], { minLength: 16, maxLength: 16 }), (shuffled) => {
      expect(shown(run(shuffled))).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

it('shows a failed conversion in whatever order it and its qualification arrive', () => {
  const steps: Step[] = [
    (before) => afterQualification(before, fact(1)),
    (before) => afterQualification(before, qualified(2)),
    (before) => afterFailure(before, { qualifiedBy: 2, reason: 'gone' }, at),
    (before) =>
      afterQualification(before, fact(3, { status: 'qualified', lifecycleStage: 'sql', actions: 1, conversion: { status: 'pending' } })),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(steps, { minLength: 4, maxLength: 4 }), (shuffled) => {
      expect(run(shuffled)).toMatchObject({ conversion: { status: 'failed', reason: 'gone' }, score: 3 });
    }),
  );
});

it('shows what qualification’s own record says, but never less than converted and customer once heard', () => {
  const record = {
    standing: { status: 'qualified', lifecycleStage: 'sql', score: 50, rating: 'warm', conversion: { status: 'pending' } },
    actions: 3,
    updatedAt: '2026-11-22T19:00:00.000Z',
  } as const;
  const early = run([(before) => afterQualification(before, fact(1)), (before) => afterWin(before, at)]);
  expect(currentStanding(early, record)).toEqual({
    standing: { ...record.standing, lifecycleStage: 'customer' },
    actions: 3,
    updatedAt: record.updatedAt,
  });
  const converted = run([(before) => afterConversion(before, { contactId: 'cont_1', accountId: 'acct_1' }, at)]);
  expect(currentStanding(converted, record).standing).toMatchObject({
    status: 'converted',
    score: 50,
    convertedTo: { contactId: 'cont_1', accountId: 'acct_1' },
    conversion: { status: 'done' },
  });
});
