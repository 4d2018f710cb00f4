import { channel } from 'node:diagnostics_channel';

/** The channel on which tests tell all that they send in, for whoever looks for it in what comes out. */
export const testInput = 'leadline:test-input';
const told = channel(testInput);

const fieldsOf = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

const readable = (body: unknown): unknown => {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    // A form, a CSV file, or something broken: its words, under a name that may be anybody's.
    return { ...fieldsOf(body), text: body.split(/[\r\n,;\t&=]+/) };
  }
};

/** Tells what a request brings: its query, header fields and body. */
export const tellRequest = (query: string, headers: Readonly<Record<string, string>>, body: unknown): void => {
  if (told.hasSubscribers) told.publish({ ...fieldsOf(query), ...headers, body: readable(body) });
};

/** Tells what an event brings. */
export const tellEvent = (data: unknown): void => {
  if (told.hasSubscribers) told.publish({ data });
};
