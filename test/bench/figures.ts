/** The value below which `share` (0..1) of the samples lie; nearest rank. */
export const quantile = (samples: readonly number[], share: number): number => {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
};

export const median = (samples: readonly number[]): number => quantile(samples, 0.5);

/** One measured thing beside what it is to reach. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly target?: string;
  /** Absent where there is nothing to reach. */
  readonly reached?: boolean;
}

export const figure = (
  name: string,
  value: number,
  unit: string,
  target?: { readonly atLeast?: number; readonly atMost?: number },
): Figure => ({
  name,
  value: `${Number(value.toPrecision(4))} ${unit}`,
  ...(target && {
    target: [target.atLeast !== undefined && `≥ ${target.atLeast}`, target.atMost !== undefined && `≤ ${target.atMost}`]
      .filter(Boolean)
      .join(', '),
    reached: value >= (target.atLeast ?? Number.NEGATIVE_INFINITY) && value <= (target.atMost ?? Number.POSITIVE_INFINITY),
  }),
});

/** Prints a table of figures, one under the other. */
export const print = (title: string, figures: readonly Figure[]): void => {
  const width = (pick: (entry: Figure) => string): number => Math.max(...figures.map((entry) => pick(entry).length));
  const [names, values, targets] = [width(({ name }) => name), width(({ value }) => value), width(({ target = '' }) => target)];
  const mark = ({ reached }: Figure): string => (reached === undefined ? '' : reached ? 'reached' : 'MISSED');
  process.stdout.write(`\n${title}\n`);
  for (const entry of figures) {
    const line = [entry.name.padEnd(names), entry.value.padStart(values), (entry.target ?? '').padEnd(targets), mark(entry)].join('  ');
    process.stdout.write(`  ${line.trimEnd()}\n`);
  }
};
