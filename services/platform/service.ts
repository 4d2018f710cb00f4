import { service } from '#contracts/core/service.ts';
import { ErasureRequested, PersonalDataErased } from '#contracts/events/erasures.ts';
import { DeadLetterRecorded, DeadLetterRedriven } from '#contracts/events/platform.ts';
import { platformRoutes } from '#contracts/routes/platform.ts';

export const platform = service({
  name: 'platform',
  purpose: 'API keys, dead letters, the documents of the API, and every path that no other service answers',
  routes: platformRoutes,
  consumes: [DeadLetterRecorded, ErasureRequested],
  emits: [DeadLetterRedriven, PersonalDataErased],
  reads: [
    { owner: 'intake', partitions: 'intake#erasure#*', why: 'Dead letters that name somebody who is to be erased are looked for.' },
    { owner: 'accounts', partitions: 'accounts#erasure#*', why: 'Dead letters that name somebody who is to be erased are looked for.' },
  ],
  functions: {
    http: {
      entry: 'api.ts',
      memory: 512,
      timeout: 15,
      businessEffect: 'Keys can be neither given out nor revoked, and dead letters cannot be seen or sent again.',
    },
    events: {
      entry: 'events.ts',
      memory: 512,
      timeout: 20,
      businessEffect: 'What consumers could not handle is not listed, so that nobody knows of it.',
    },
    others: {
      docs: {
        entry: 'docs.ts',
        memory: 256,
        timeout: 10,
        table: false,
        businessEffect: 'Developers cannot read the reference of the API.',
      },
    },
  },
});
