import { expect, it } from 'vitest';
import { readBom, refusedIn } from '../audit/licences.ts';

const bomOf = (...licences: readonly (string | undefined)[]) =>
  readBom(
    JSON.stringify({
      specVersion: '1.5',
      components: licences.map((expression, index) => ({
        name: `package-${index}`,
        version: '1.0.0',
        ...(expression && { licenses: [expression.includes(' ') ? { expression } : { license: { id: expression } }] }),
      })),
    }),
  );

it.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0-or-later)', 'GPL-2.0 OR MIT', 'MIT AND OFL-1.1', '(MIT AND Zlib)'])(
  'allows %s',
  (licence) => {
    expect(refusedIn(bomOf(licence))).toEqual([]);
  },
);

it.each(['GPL-3.0-only', 'AGPL-3.0', 'MPL-2.0', 'UNLICENSED', 'MIT AND GPL-3.0-only', 'SSPL-1.0', undefined])('refuses %s', (licence) => {
  expect(refusedIn(bomOf('MIT', licence))).toEqual([`package-1@1.0.0: ${licence ?? 'none'}`]);
});
