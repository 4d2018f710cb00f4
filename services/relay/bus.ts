import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { Entry } from './entries.ts';

/** Tries of one entry within an invocation; with the waits below they span about a second and a half at most. */
export const mostTries = 5;
const firstWait = 50;
const longestWait = 800;

export interface Patience {
  /** 0 up to, not including, 1. */
  random(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Milliseconds that the invocation may still take. */
  remaining(): number;
}

/** An entry that the bus did not take, with EventBridge's code for it. */
export interface Refused {
  readonly entry: Entry;
  readonly code: string;
}

/** Milliseconds kept back for answering: a timeout would lose the account of what failed. */
export const reserve = 3_000;

/**
 * Puts entries on the bus, in one request as far as it takes them; what it does not take is tried again alone of the rest, with full
 * jitter. Gives what was not taken in the end; never throws.
 */
export const putEntries = async (client: EventBridgeClient, entries: readonly Entry[], patience: Patience): Promise<Refused[]> => {
  let left: readonly Entry[] = entries;
  for (let tries = 1; ; tries += 1) {
    const refused = await putOnce(client, left);
    if (refused.length === 0) return [];
    if (tries === mostTries || patience.remaining() < reserve) return refused;
    left = refused.map(({ entry }) => entry);
    await patience.sleep(patience.random() * Math.min(longestWait, firstWait * 2 ** (tries - 1)));
  }
};

const putOnce = async (client: EventBridgeClient, entries: readonly Entry[]): Promise<Refused[]> => {
  try {
    const { FailedEntryCount = 0, Entries = [] } = await client.send(new PutEventsCommand({ Entries: entries.map(({ entry }) => entry) }));
    if (FailedEntryCount === 0) return [];
    // The results stand in the order of the entries; those taken have an EventId.
    return entries.flatMap((entry, i) => {
      const result = Entries[i];
      return result?.EventId !== undefined && result.ErrorCode === undefined ? [] : [{ entry, code: result?.ErrorCode ?? 'Unknown' }];
    });
  } catch (error) {
    // One entry that the API will not have fails the whole request: each for itself then.
    if (entries.length > 1 && isRefusal(error)) return (await Promise.all(entries.map((entry) => putOnce(client, [entry])))).flat();
    const code = error instanceof Error ? error.name : 'Unknown';
    return entries.map((entry) => ({ entry, code }));
  }
};

const isRefusal = (error: unknown): boolean =>
  error instanceof Error && '$fault' in error && error.$fault === 'client' && error.name !== 'ThrottlingException';
