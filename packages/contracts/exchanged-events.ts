import type { EventContract } from './core/event.ts';
import type { ServiceDeclaration } from './core/service.ts';
import { DeadLetterRecorded } from './events/platform.ts';

/** All that a service says: what it declares, and, as every consumer of events may have to, that it gave one up. */
export const eventsSaidBy = ({ emits, consumes }: ServiceDeclaration): readonly EventContract[] =>
  consumes.length > 0 ? [...emits, DeadLetterRecorded] : emits;
