import { Import } from '#contracts/resources/import.ts';
import type { Item } from '#table/item.ts';
import { type Difference, unlike } from './differences.ts';

/** Imports whose rows do not add up: each processed one was created, merged or rejected, each rejected one is told, and of a finished import all are processed. */
export const differencesOfImports = (items: readonly Item[]): Difference[] => {
  const rejections = new Map<string, number>();
  for (const { kind, pk } of items) if (kind === 'import-rejection') rejections.set(pk, (rejections.get(pk) ?? 0) + 1);
  return items.flatMap((item) => {
    if (item.kind !== 'import') return [];
    const { status, total, created, merged, rejected, processed } = Import.parse(item.data);
    return [
      ...unlike(item, 'processed', processed, created + merged + rejected),
      ...unlike(item, 'rejected', rejected, rejections.get(item.pk) ?? 0),
      ...(status === 'done' ? unlike(item, 'total', total, processed) : []),
    ];
  });
};
