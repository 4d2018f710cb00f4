import type { Reader } from '#runtime/unit-of-work.ts';
import { listShards, shardPartition } from '#table/keys.ts';
import type { Write } from '#table/transaction.ts';

// A small item of its own for each open lead: the records are in no index for it, so that a changed score does not pay for one, and a
// strongly consistent read misses none.
const base = 'qualification#open';
const kind = 'open-lead';

/** Shards that the open leads are in, 0 to one less. */
export const openShards = listShards;

const keyOf = (leadId: string) => ({ pk: shardPartition(base, leadId, openShards), sk: leadId });

export const openLead = (leadId: string): Write => ({ op: 'put', item: { ...keyOf(leadId), kind, data: {} } });

export const closeLead = (leadId: string): Write => ({ op: 'delete', key: keyOf(leadId) });

/** Ids of open leads of a shard in their order, from after `after` on; newest first when `descending`. */
export const openLeads = async (
  table: Reader,
  { shard, after, limit, descending = false }: { shard: number; after?: string | undefined; limit: number; descending?: boolean },
): Promise<{ leadIds: string[]; more: boolean }> => {
  const { items, more } = await table.query({
    partition: `${base}#${shard}`,
    limit,
    descending,
    consistent: true,
    ...(after === undefined ? {} : { after }),
  });
  return { leadIds: items.map(({ sk }) => sk), more };
};
