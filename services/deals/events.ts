import { serveEvents } from '#runtime/consumer.ts';
import { deals } from './service.ts';
import { openConvertedDeal } from './use-cases/open-converted-deal.ts';

export const handlers = { LeadConverted: openConvertedDeal };

export const handler = serveEvents({ service: deals, handlers });
