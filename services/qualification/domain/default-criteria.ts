import type { Criteria } from '#contracts/resources/qualification.ts';

/** Words that make a job title one of a person who decides, in the languages our forms come in. */
const deciding = [
  'chief',
  'ceo',
  'founder',
  'owner',
  'president',
  'director',
  'direktor',
  'directeur',
  'head of',
  'managing',
  'geschäftsführ',
  'vorstand',
];
/** Abbreviations, told apart by their capitals: `COO` is no `Coordinator`. */
const abbreviations = ['CTO', 'CFO', 'COO', 'CIO', 'CMO', 'CRO', 'CISO', 'VP', 'SVP', 'EVP', 'MD'];

/**
 * The rule set that leads are scored with until somebody writes another one: it is version 1 and exists without being stored. All rules of
 * fit together give 100 points; a purchased address takes some away.
 */
export const defaultCriteria: Criteria = {
  version: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  rules: [
    {
      id: 'business-email',
      label: 'Business e-mail address',
      when: { field: 'freeEmail', op: 'eq', value: false },
      points: 20,
    },
    { id: 'company', label: 'Company given', when: { field: 'company', op: 'exists' }, points: 15 },
    {
      id: 'decision-maker',
      label: 'Title of a decision maker',
      when: {
        all: [
          {
            any: [
              ...deciding.map((value) => ({ field: 'jobTitle', op: 'contains', value }) as const),
              ...abbreviations.map((value) => ({ field: 'jobTitle', op: 'startsWith', value }) as const),
            ],
          },
          { not: { field: 'jobTitle', op: 'contains', value: 'product owner' } },
          { not: { field: 'jobTitle', op: 'contains', value: 'assistant' } },
        ],
      },
      points: 20,
    },
    { id: 'phone', label: 'Phone number given', when: { field: 'phone', op: 'exists' }, points: 10 },
    { id: 'interest', label: 'Says what they are interested in', when: { field: 'interest', op: 'exists' }, points: 10 },
    {
      id: 'trusted-source',
      label: 'Came by referral or met at an event',
      when: { field: 'channel', op: 'in', value: ['referral', 'event'] },
      points: 10,
    },
    { id: 'budget', label: 'Budget given', when: { field: 'customFields.budget', op: 'exists' }, points: 10 },
    { id: 'returning', label: 'Came back', when: { field: 'touches', op: 'gte', value: 2 }, points: 5 },
    {
      id: 'purchased-list',
      label: 'From a purchased list',
      when: { field: 'channel', op: 'eq', value: 'purchased-list' },
      points: -15,
    },
  ],
  signals: {},
  thresholds: { warm: 30, hot: 70, mql: 50 },
  autoQualify: { enabled: false, minScore: 70, requiredFields: ['email'] },
};
