import type { ConditionValue, PolicyStatement } from '#local/aws/types.ts';
import type { FunctionPolicy } from './policies.ts';

const listOf = (value: ConditionValue | undefined): readonly string[] => {
  if (value === undefined) return [];
  return (typeof value === 'object' ? value : [value]).map(String);
};

/** Which items, as the statement's condition on partition keys says. */
const keysOf = ({ Condition = {} }: PolicyStatement): readonly string[] =>
  Object.values(Condition)
    .flatMap((keys) => Object.entries(keys).flatMap(([name, value]) => (/leadingkeys/i.test(name) ? listOf(value) : [])))
    .filter((key) => key !== 'false');

/** `table/leadline-prod` and its indexes as one; the secret, queue or log group that is meant by its name. */
const resourceOf = (arns: readonly string[]): string => {
  const names = arns.map((arn) => (arn === '*' ? '*' : arn.split(':').slice(5).join(':')));
  const indexes = names.filter((name) => name.includes('/index/')).map((name) => name.split('/index/')[1]);
  const others = names.filter((name) => !name.includes('/index/'));
  return [...others, ...(indexes.length > 0 ? [`and by ${indexes.join(', ')}`] : [])].join(', ');
};

const rowsOf = (statement: PolicyStatement): readonly (readonly [string, string, string])[] => {
  const actions = listOf(statement.Action);
  const [service = ''] = actions[0]?.split(':') ?? [];
  const verbs = actions.map((action) => action.replace(`${service}:`, '')).join(', ');
  const denied = statement.Effect === 'Deny' ? 'not ' : '';
  return [
    [
      `${denied}${service}`,
      verbs,
      `${resourceOf(listOf(statement.Resource))}${keysOf(statement)
        .map((key) => `\n${key}`)
        .join('')}`,
    ],
  ];
};

const widths = [16, 44] as const;

/** Text in lines of a width, broken at `, `. */
const wrapped = (text: string, width: number): string[] =>
  text.split('\n').flatMap((line) => {
    const lines = [''];
    for (const part of line.split(/(?<=, )/)) {
      const last = lines.at(-1) ?? '';
      if (last !== '' && last.length + part.trimEnd().length > width) lines.push(part);
      else lines[lines.length - 1] = last + part;
    }
    return lines;
  });

/** What each function may do, as a table to be read: by service, actions, on which resource, on items of which partition keys. */
export const reportOf = (functions: readonly FunctionPolicy[]): string =>
  functions
    .map(({ name, statements }) => {
      const lines = statements.flatMap(rowsOf).flatMap((cells) => {
        const columns = [wrapped(cells[0], widths[0]), wrapped(cells[1], widths[1]), wrapped(cells[2], 90)];
        const height = Math.max(...columns.map(({ length }) => length));
        return Array.from({ length: height }, (_, row) =>
          `  ${columns.map((column, index) => (column[row] ?? '').trimEnd().padEnd((widths[index] ?? 0) + 2)).join('')}`.trimEnd(),
        );
      });
      return [name, ...lines].join('\n');
    })
    .join('\n\n');
