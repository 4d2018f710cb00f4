const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

// Hours below two days, days below sixty, then steps of 5 percent.
const hourBuckets = 48;
const dayBuckets = 58;
const linear = hourBuckets + dayBuckets;
const step = 1.05;
const stepsFrom = 60;

/** Number of the bucket that a duration (milliseconds, from 0) falls into; a longer one never into a lower bucket. Ten years are in bucket 190. */
export const bucketOf = (milliseconds: number): number => {
  const hours = Math.floor(milliseconds / hourMs);
  if (hours < hourBuckets) return hours;
  const days = Math.floor(milliseconds / dayMs);
  if (days < stepsFrom) return hourBuckets + days - 2;
  // Half a thousandth of a step, so that a bucket's own lower end is in it in spite of rounding.
  return linear + Math.floor(Math.log(milliseconds / dayMs / stepsFrom) / Math.log(step) + 0.0005);
};

/** The lower end of a bucket in days. */
const daysOf = (bucket: number): number => {
  if (bucket < hourBuckets) return bucket / 24;
  if (bucket < linear) return bucket - hourBuckets + 2;
  return stepsFrom * step ** (bucket - linear);
};

/**
 * Median in days (two decimals) of durations counted by bucket, to the precision of the buckets, rounded down; of an even number, the mean of the two in the
 * middle. Null of none.
 */
export const medianDays = (counts: ReadonlyMap<number, number>): number | null => {
  const sorted = [...counts].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const sample = sorted.reduce((sum, [, count]) => sum + count, 0);
  if (sample === 0) return null;
  const at = (rank: number): number => {
    let seen = 0;
    for (const [bucket, count] of sorted) {
      seen += count;
      if (seen >= rank) return daysOf(bucket);
    }
    return 0;
  };
  const median = (at(Math.ceil(sample / 2)) + at(Math.floor(sample / 2) + 1)) / 2;
  return Math.round(median * 100) / 100;
};
