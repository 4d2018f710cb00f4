import type { Item } from '#table/item.ts';
import { differencesOfAccounts } from './accounts.ts';
import { differencesOfClaims } from './claims.ts';
import { differencesOfContactEmails } from './contacts.ts';
import { differencesOfDeals } from './deals.ts';
import type { Difference } from './differences.ts';
import { differencesOfIdentities } from './identities.ts';
import { differencesOfImports } from './imports.ts';
import { differencesOfInteractions } from './interactions.ts';
import { differencesOfNumbers } from './numbers.ts';
import { differencesOfQualification } from './qualification.ts';
import { differencesOfSources } from './sources.ts';

/**
 * Every counter, lock and link of every service that does not say what the records say, once all events have been handled. What nothing is left of to be
 * compared with is not looked at: how many records an erasure has cleaned, how many posts a form had this minute, which deliveries, signals and events came
 * before.
 */
export const differencesOf = (items: readonly Item[]): Difference[] =>
  [
    differencesOfSources,
    differencesOfIdentities,
    differencesOfImports,
    differencesOfQualification,
    differencesOfAccounts,
    differencesOfContactEmails,
    differencesOfClaims,
    differencesOfInteractions,
    differencesOfDeals,
    differencesOfNumbers,
  ].flatMap((differences) => differences(items));
