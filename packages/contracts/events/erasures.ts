import * as z from 'zod/mini';
import { event, serviceNames } from '../core/event.ts';
import { id } from '../core/ids.ts';
import { timestamp } from '../core/values.ts';

/** Ids of a person's records, of which there may be many: leads merged and converted over years, contacts, and the deals that name them. */
const personIds = {
  leadIds: z._default(z.array(id('lead')), []),
  contactIds: z._default(z.array(id('contact')), []),
  dealIds: z._default(z.array(id('deal')), []),
};

export const ErasureRequested = event({
  name: 'ErasureRequested',
  schemaVersion: 1,
  sources: ['intake', 'accounts'],
  summary:
    'A person is to be erased: every service cleans what it holds about these records. Asked again, with what was found meanwhile, until a `round` finds nothing more.',
  data: z.object({ erasureId: id('erasure'), round: z.int().check(z.minimum(1)), requestedAt: timestamp(), ...personIds }),
});

export const PersonalDataErased = event({
  name: 'PersonalDataErased',
  schemaVersion: 1,
  sources: serviceNames,
  summary:
    'A service has cleaned what it held about a person in this round; `records` counts all its rounds, `found` are further records of the person.',
  data: z.object({
    erasureId: id('erasure'),
    service: z.enum(serviceNames),
    round: z.int().check(z.minimum(1)),
    records: z.int().check(z.minimum(0)),
    found: z.object(personIds),
  }),
});

export const ErasureCompleted = event({
  name: 'ErasureCompleted',
  schemaVersion: 1,
  sources: ['accounts'],
  summary: 'Every service has cleaned what it held about a person, and looked twice.',
  data: z.object({ erasureId: id('erasure') }),
});
