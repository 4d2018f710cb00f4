import { expect, it } from 'vitest';
import { comparableName } from './company-name.ts';

it.each([
  ['Acme', 'ACME'],
  ['Acme', 'Acme Ltd'],
  ['Acme', 'Acme Ltd.'],
  ['Acme', 'ACME, Inc.'],
  ['Acme', 'Acme GmbH'],
  ['Acme', 'Acme G.m.b.H.'],
  ['Acme', 'Acme GmbH & Co. KG'],
  ['Acme', 'Acmé S.A.'],
  ['Acme', 'Acme S. A.'],
  ['Acme', 'ACME S.p.A.'],
  ['Acme', 'Acme s.r.o.'],
  ['Acme', 'Acme Sp. z o.o.'],
  ['Acme', 'Acme Pty Ltd'],
  ['Acme', 'Acme Pvt. Ltd.'],
  ['Acme', 'Acme Co., Ltd.'],
  ['Acme', 'Acme B.V.'],
  ['Acme', 'Acme A/S'],
  ['Acme', 'Acme SARL'],
  ['Acme', 'OOO Acme'],
  ['Acme', 'UAB "Acme"'],
  ['Müller & Söhne', 'Muller und Sohne GmbH'],
  ['Smith & Sons Ltd.', 'Smith Sons'],
  ['Straße', 'STRASSE AG'],
  ["O'Reilly Media", 'OReilly Media, Inc.'],
  ['Coca-Cola', 'coca cola company'],
  ['トヨタ自動車', 'トヨタ自動車株式会社'],
])('takes %s and %s for one company', (a, b) => {
  expect(comparableName(b)).toBe(comparableName(a));
});

it.each([
  ['Acme', 'Acme Logistics'],
  ['Acme East', 'Acme West'],
  ['Company', 'Limited'],
  ['Data Soft', 'Data Hard'],
])('tells %s from %s', (a, b) => {
  expect(comparableName(a)).not.toBe(comparableName(b));
});

it('keeps a name that is nothing but a legal form', () => {
  expect(comparableName('SE')).toBe('se');
});

it('compares nothing when a name is made of signs only', () => {
  expect(comparableName('!?')).toBeUndefined();
});

it('takes its time in proportion to the length of the name', () => {
  const started = performance.now();
  comparableName('ltd '.repeat(125));
  expect(performance.now() - started).toBeLessThan(50);
});
