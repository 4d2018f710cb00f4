/** What a log says of an error. */
export interface LoggedFault {
  readonly name: string;
  readonly message: string;
  /** Where it was thrown: places in our code, without the message that a stack begins with. */
  readonly stack: readonly string[];
  readonly code?: string;
  readonly cause?: LoggedFault;
}

const longest = 500;
const mostFrames = 20;
const deepest = 3;

// Texts in double quotes are what was read (JSON's parser quotes it); names of our own stand in single ones, and are words.
const masks: readonly (readonly [RegExp, string])[] = [
  [/"[^"]*"?/g, '"…"'],
  [/'[^']*[^\w$.'-][^']*'/g, "'…'"],
  [/\b([a-z-]+#[a-z-]+#)\S*/g, '$1…'],
  [/[^\s"'<>,;:()]+@[^\s"'<>,;:()]+/g, '…'],
  [/\+?\d[\d ()./-]{5,}\d/g, '…'],
];

const masked = (message: string): string => masks.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), message.slice(0, longest));

/**
 * What may be logged of an error, without what a person could be in it: its other members hold whole items (what DynamoDB gives back with a
 * failed condition), and its message may hold what was read, an address or the key of a record.
 */
export const faultOf = (error: unknown, depth = 0): LoggedFault => {
  if (!(error instanceof Error)) return { name: typeof error, message: '', stack: [] };
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return {
    name: error.name,
    message: masked(error.message),
    stack: frames.slice(0, mostFrames).map((line) => line.trim()),
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(error.cause === undefined || depth >= deepest ? {} : { cause: faultOf(error.cause, depth + 1) }),
  };
};
