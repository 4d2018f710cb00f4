import type { LineItem } from '#contracts/resources/line-item.ts';
import { conflict, invalidField, notFound } from '#runtime/problem.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { type Frozen, type Parties, partiesOf } from '../domain/letterhead.ts';
import { currentBilling } from '../store/billing.ts';
import { checkDeal, readDeal, type StoredDeal } from '../store/deals.ts';
import { readCompany } from '../store/recipients.ts';

/** The deal that a document is made for. `check` holds the transaction to the deal being as it was read. */
export interface Source {
  readonly deal: StoredDeal['deal'];
  readonly check: Write;
}

/** @throws {Problem} 404; 409 for a lost deal. */
export const sourceDeal = async (unit: UnitOfWork, dealId: string): Promise<Source> => {
  const stored = await readDeal(unit.table, dealId);
  if (!stored) throw notFound('There is no such deal.');
  return { deal: stored.deal, check: checkDeal(stored) };
};

/** A lost deal gets neither quotes nor invoices. @throws {Problem} 409 */
export const assertNotLost = ({ deal }: Source): void => {
  if (deal.status === 'lost') throw conflict('illegal-transition', 'The deal is lost.', { from: 'lost', to: 'open' });
};

/** Line items of a document: those given, else the deal's. @throws {Problem} 422 when there are none. */
export const linesFor = ({ deal }: Source, given: readonly LineItem[] | undefined): readonly LineItem[] => {
  const items = given ?? deal.lineItems;
  if (items.length === 0) throw invalidField('/lineItems', 'missing', 'neither the request nor the deal has line items');
  return items;
};

/** What a document holds on to from now on. */
export const freeze = async (unit: UnitOfWork, parties: Parties): Promise<Frozen> => {
  const [{ version }, company] = await Promise.all([currentBilling(unit.table), readCompany(unit.table, parties)]);
  return { billing: version, parties, ...(company === undefined ? {} : { company }) };
};

/** Nobody, for the document of a deal that is gone. */
const nobody: Parties = { contactIds: [] };

/** Whom a deal's documents are for now. */
export const partiesOfDeal = async (unit: UnitOfWork, dealId: string): Promise<Parties> => {
  const stored = await readDeal(unit.table, dealId);
  return stored ? partiesOf(stored.deal) : nobody;
};
