import { page } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import type { Item } from '#table/item.ts';
import { accountMatches } from '../domain/search.ts';
import type { accounts } from '../service.ts';
import { accountListPartitions, domainPartition, storedAccount, withCounters } from '../store/accounts.ts';

/** Accounts newest first, by the index of their domain when one is asked for. */
export const listAccounts: Handler<(typeof accounts.routes)['listAccounts']> = async (request, unit) => {
  const { type, segment, owner, tag, q } = request.query;
  const domain = request.query.domain?.toLowerCase();
  const isFiltered = [type, segment, owner, tag, q].some((filter) => filter !== undefined);
  const keep = (item: Item): boolean => {
    const account = storedAccount(item)?.account;
    return (
      account !== undefined &&
      (type === undefined || account.type === type) &&
      (segment === undefined || account.segment === segment) &&
      (owner === undefined || account.owner === owner) &&
      (tag === undefined || account.tags.includes(tag)) &&
      (q === undefined || accountMatches(account, q))
    );
  };
  const { items, next } = await unit.table.list({
    ...(domain === undefined
      ? { partitions: accountListPartitions, index: 'gsi1' as const }
      : { partitions: [domainPartition(domain)], index: 'gsi2' as const }),
    descending: true,
    limit: request.page.limit,
    ...(request.page.after === undefined ? {} : { after: request.page.after }),
    ...(isFiltered ? { keep } : {}),
  });
  const found = items.flatMap((item) => storedAccount(item) ?? []);
  return page({ items: await withCounters(unit.table, found), next });
};
