import { isObject, type Json, parseJson } from './json.ts';

/** What became of an invocation: the function's answer as JSON text (undefined when it returned nothing), or its error. */
export type InvocationResult =
  | { readonly ok: true; readonly payload: string | undefined }
  | { readonly ok: false; readonly errorType: string; readonly errorMessage: string };

/** Runs a function with an event given as JSON text. Never rejects. */
export type Invoke = (functionArn: string, event: string) => Promise<InvocationResult>;

/** The function's answer, parsed; undefined when there is none or it is not JSON. */
const payloadOf = (result: InvocationResult): Json | undefined => {
  if (!result.ok || result.payload === undefined) return undefined;
  try {
    return parseJson(result.payload);
  } catch {
    return undefined;
  }
};

/** Which items of a batch failed, by a function that reports them (`ReportBatchItemFailures`). */
export const failedItems = (result: InvocationResult, known: ReadonlySet<string>): 'all' | ReadonlySet<string> => {
  if (!result.ok) return 'all';
  const answer = payloadOf(result);
  const failures = isObject(answer) ? answer.batchItemFailures : undefined;
  if (failures === undefined || failures === null) return new Set();
  if (!Array.isArray(failures)) return 'all';
  const failed = new Set<string>();
  for (const failure of failures) {
    const identifier: unknown = isObject(failure) ? failure.itemIdentifier : undefined;
    // As on AWS: an identifier that is missing, empty or not of this batch fails the whole batch.
    if (typeof identifier !== 'string' || !known.has(identifier)) return 'all';
    failed.add(identifier);
  }
  return failed;
};
