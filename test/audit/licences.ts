import * as z from 'zod';

/** What of a CycloneDX bill of materials is looked at. */
const Bom = z.object({
  specVersion: z.string(),
  components: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      licenses: z
        .array(
          z.union([
            z.object({ license: z.object({ id: z.string().optional(), name: z.string().optional() }) }),
            z.object({ expression: z.string() }),
          ]),
        )
        .optional(),
    }),
  ),
});
export type Bom = z.infer<typeof Bom>;

export const readBom = (text: string): Bom => Bom.parse(JSON.parse(text));

/** Permissive licences: they ask for their text to be kept, and nothing of what is built with them. */
const allowed = new Set(['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0', 'OFL-1.1', 'Zlib']);

interface Exception {
  readonly licence: string;
  readonly why: string;
}

/** Packages whose licence is another, or is not said as one, with the reason why they are here all the same. */
const exceptions: Readonly<Record<string, Exception>> = {
  lightningcss: { licence: 'MPL-2.0', why: 'a tool of the test runner, unchanged and not shipped' },
  'lightningcss-linux-x64-gnu': { licence: 'MPL-2.0', why: 'the same' },
  'lightningcss-linux-arm64-gnu': { licence: 'MPL-2.0', why: 'the same' },
  'lightningcss-win32-x64-msvc': { licence: 'MPL-2.0', why: 'the same' },
  'png-js': { licence: 'none', why: 'its package.json names none; the LICENSE beside it is MIT' },
};

/** An SPDX expression as far as packages use them: alternatives of which one will do, and parts that all must. */
const isAllowed = (expression: string): boolean =>
  expression
    .replaceAll(/[()]/g, '')
    .split(/\s+OR\s+/)
    .some((alternative) => alternative.split(/\s+AND\s+/).every((licence) => allowed.has(licence.trim())));

const licenceOf = ({ licenses = [] }: Bom['components'][number]): string =>
  licenses.map((entry) => ('expression' in entry ? entry.expression : (entry.license.id ?? entry.license.name ?? 'none'))).join(' AND ') ||
  'none';

/** Packages that are here under a licence that is not allowed, `name@version: licence`. */
export const refusedIn = ({ components }: Bom): string[] =>
  components
    .filter((component) => !isAllowed(licenceOf(component)) && exceptions[component.name]?.licence !== licenceOf(component))
    .map((component) => `${component.name}@${component.version}: ${licenceOf(component)}`);

/** How many packages are under each licence, the commonest first. */
export const licencesIn = ({ components }: Bom): string =>
  [...Map.groupBy(components, licenceOf)]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([licence, { length }]) => `${licence} ${length}`)
    .join(', ');
