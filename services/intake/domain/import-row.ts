import { normalizeText } from '#contracts/core/text.ts';
import { isYes, splitName } from './form-fields.ts';
import type { Column, Target } from './import-columns.ts';

/** A row as a lead's fields, not yet checked, and the column that each came from, by JSON Pointer. */
export interface ReadRow {
  readonly candidate: Readonly<Record<string, unknown>>;
  readonly columnOf: (pointer: string) => string | undefined;
}

// contract.md section 1, Sizes.
const mostCustomFields = 50;
const customFieldBytes = 16 * 1024;
const mostCustomCharacters = 10_000;

const controls = /(?![\t\n])\p{Cc}/gu;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** As much of the other columns as custom fields hold: they never stand in the way of a row. */
const customOf = (cells: readonly (readonly [string, string])[]): Record<string, string> | undefined => {
  const kept: [string, string][] = [];
  let size = 2;
  for (const [name, cell] of cells) {
    const value = normalizeText(cell.replace(controls, '').toWellFormed()).slice(0, mostCustomCharacters).toWellFormed();
    const more = bytesOf(name) + bytesOf(value) + 2;
    if (value === '' || kept.length >= mostCustomFields || size + more > customFieldBytes) continue;
    kept.push([name, value]);
    size += more;
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
};

const listed = (text: string): string[] =>
  text
    .split(/[,;|\n]/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .slice(0, 50);

/** Words of a closed list are written in any case and with spaces. */
const word = (text: string): string => text.toLowerCase().replace(/[\s_]+/g, '-');

const readings: Partial<Readonly<Record<Target, (text: string) => unknown>>> = {
  tags: listed,
  kind: word,
  priority: word,
  channel: word,
  'consent.marketing': isYes,
};

const objects = ['address', 'socialProfiles', 'utm', 'consent'] as const;

/** What a row says of a lead. Of two columns that mean the same the first that says something is it, the other is a custom field. */
export const readRow = (columns: readonly Column[], cells: readonly string[]): ReadRow => {
  const said = new Map<Target, { readonly column: string; readonly text: string }>();
  const custom: (readonly [string, string])[] = [];
  for (const [index, { name, target }] of columns.entries()) {
    const text = (cells[index] ?? '').trim();
    if (text === '') continue;
    if (target === 'customFields' || said.has(target)) custom.push([name, text]);
    else said.set(target, { column: name, text });
  }
  const mobile = said.get('mobile');
  if (mobile !== undefined && !said.has('phone')) said.set('phone', mobile);
  else if (mobile !== undefined) custom.push([mobile.column, mobile.text]);

  const columnByPointer = new Map<string, string>();
  const flat = new Map<string, unknown>();
  for (const [target, { column, text }] of said) {
    if (target === 'mobile' || target === 'customFields') continue;
    columnByPointer.set(`/${target.replace('.', '/')}`, column);
    flat.set(target, readings[target]?.(text) ?? text);
  }
  const whole = said.get('name');
  if (whole !== undefined) {
    flat.delete('name');
    const names = splitName(whole.text);
    for (const part of ['firstName', 'lastName'] as const) {
      const value = names[part];
      if (value === undefined || said.has(part)) continue;
      flat.set(part, value);
      columnByPointer.set(`/${part}`, whole.column);
    }
  }
  const candidate = new Map<string, unknown>([...flat].filter(([target]) => !target.includes('.')));
  for (const object of objects) {
    const parts = [...flat].flatMap(([target, value]) =>
      target.startsWith(`${object}.`) ? [[target.slice(object.length + 1), value] as const] : [],
    );
    if (parts.length > 0) candidate.set(object, Object.fromEntries(parts));
  }
  const customFields = customOf(custom);
  if (customFields !== undefined) candidate.set('customFields', customFields);
  return {
    candidate: Object.fromEntries(candidate),
    columnOf: (pointer) => {
      for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
        const column = columnByPointer.get(at);
        if (column !== undefined) return column;
      }
      return undefined;
    },
  };
};
