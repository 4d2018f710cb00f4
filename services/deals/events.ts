import { serveEvents } from '#runtime/consumer.ts';
import { deals } from './service.ts';
import { erasePerson } from './use-cases/erase-person.ts';
import { followAccountDeletion, followAccountMerge, followContactMerge, recordInteraction } from './use-cases/follow-accounts.ts';
import { openConvertedDeal } from './use-cases/open-converted-deal.ts';

export const handlers = {
  LeadConverted: openConvertedDeal,
  AccountMerged: followAccountMerge,
  AccountDeleted: followAccountDeletion,
  ContactMerged: followContactMerge,
  InteractionLogged: recordInteraction,
  ErasureRequested: erasePerson,
};

export const handler = serveEvents({ service: deals, handlers });
