/** Names under which requests and events carry what is somebody's own. */
const personalName =
  /^(?:emails?|phones?(?:E164)?|(?:first|last|full)?name|company|jobTitle|message|body|note|notes|consentText|street|city|postalCode|state|website|referrer|landingPage|userAgent|ip|subject|interest|secret|signingSecret|text|value)$/i;

// Ids, types, times and plain words are in every log, whoever asks.
const isTelling = (text: string): boolean =>
  text.length >= 6 && /[A-Z@+\s\u0080-\uffff]/.test(text) && !/^[a-z]+_[0-9A-Z]{26}$/.test(text) && !/^\d{4}-\d\d-\d\d/.test(text);

/** Whatever of a request's body, an event or a query would tell of a person. */
export const personalIn = (value: unknown, name = '', depth = 0): string[] => {
  if (typeof value === 'string') return personalName.test(name) && isTelling(value) ? [value] : /^\S+@\S+\.\S+$/.test(value) ? [value] : [];
  if (typeof value !== 'object' || value === null || depth > 12) return [];
  if (Array.isArray(value)) return value.flatMap((one) => personalIn(one, name, depth + 1));
  return Object.entries(value).flatMap(([member, one]) => personalIn(one, member, depth + 1));
};

const volatile: readonly (readonly [RegExp, string])[] = [
  [/"(?:timestamp|xray_trace_id|sampling_decision)":"[^"]*"/g, ''],
  [/"(?:durationMs|Duration|Timestamp|readUnits|writeUnits|WriteUnits|calls|retries)":\[?[\d.]+\]?/g, ''],
  [/[a-z]+_[0-7][0-9A-HJKMNP-TV-Z]{25}/g, 'id'],
];

/** A line without what differs from one to the next of its kind, so that each kind is looked at once. */
export const kindOfLine = (line: string): string => volatile.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), line);

const edges = /[\p{L}\p{N}]/u;
const isWhole = (line: string, at: number, length: number): boolean =>
  !edges.test(line[at - 1] ?? '') && !edges.test(line[at + length] ?? '');

/** The values that stand in a line, as they are or as JSON writes them, each with its line. */
export const found = (lines: Iterable<string>, values: Iterable<string>): string[] => {
  const kinds = [...new Set([...lines].map(kindOfLine))];
  const all = kinds.join('\n');
  return [...new Set(values)].flatMap((value) =>
    [...new Set([value, JSON.stringify(value).slice(1, -1)])]
      .filter((written) => all.includes(written))
      .flatMap((written) => kinds.filter((line) => line.includes(written) && isWhole(line, line.indexOf(written), written.length)))
      .map((line) => `${JSON.stringify(value)} in ${line.slice(0, 400)}`),
  );
};
