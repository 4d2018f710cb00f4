import type { ToE164 } from './lead.ts';

const notAPhone: ToE164 = () => undefined;

/** A reader of phone numbers; when none is needed, one that reads nothing and costs nothing to load. */
export const phoneReader = async (needed: boolean): Promise<ToE164> => (needed ? (await import('./numbering-plans.ts')).toE164 : notAPhone);
