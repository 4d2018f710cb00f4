/** Whether a value is a JSON object: neither null nor a list. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object without its undefined members: what is absent costs nothing to store and to send. */
export const defined = <T extends object>(value: T): T => {
  const kept = { ...value };
  for (const [name, member] of Object.entries(kept)) if (member === undefined) Reflect.deleteProperty(kept, name);
  return kept;
};
