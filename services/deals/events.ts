import { serveEvents } from '#runtime/consumer.ts';
import { deals } from './service.ts';
import { followAccountDeletion, followAccountMerge, followContactMerge, recordInteraction } from './use-cases/follow-accounts.ts';
import { openConvertedDeal } from './use-cases/open-converted-deal.ts';

export const handlers = {
  LeadConverted: openConvertedDeal,
  AccountMerged: followAccountMerge,
  AccountDeleted: followAccountDeletion,
  ContactMerged: followContactMerge,
  InteractionLogged: recordInteraction,
};

export const handler = serveEvents({ service: deals, handlers });
