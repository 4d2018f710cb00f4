import type * as z from 'zod/mini';
import type { Conversion as ConversionSchema, ConvertedTo as ConvertedToSchema, LeadStatus } from '#contracts/resources/lead.ts';
import type { DisqualifyInput } from '#contracts/resources/qualification.ts';

type Conversion = z.infer<typeof ConversionSchema>;
type ConvertedTo = z.infer<typeof ConvertedToSchema>;

/** Where a lead stands between new and converted, with what belongs to that state and to no other. */
export type Lifecycle =
  | { readonly status: 'new' | 'working' }
  /** `until` is the day, UTC, on which it is working again by itself. */
  | { readonly status: 'nurturing'; readonly until?: string | undefined }
  | {
      readonly status: 'qualified';
      readonly conversion: Conversion;
      /** `sequence` of the LeadQualified that asked for the conversion under way or failed. */
      readonly askedBy: number;
    }
  | { readonly status: 'converted'; readonly conversion: Conversion; readonly convertedTo: ConvertedTo }
  | { readonly status: 'disqualified'; readonly reason: DisqualifyInput['reason'] };

/** The states a caller can ask for. */
export type Target = 'working' | 'nurturing' | 'qualified' | 'disqualified';

/** The Status paragraph of contract.md section 2: from each state, the states that a caller may lead to. */
const allowed: Readonly<Record<LeadStatus, readonly Target[]>> = {
  new: ['working', 'nurturing', 'qualified', 'disqualified'],
  working: ['nurturing', 'qualified', 'disqualified'],
  nurturing: ['working', 'qualified', 'disqualified'],
  qualified: [],
  converted: [],
  disqualified: ['working'],
};

/** What a qualified lead may still become once its conversion has failed: qualified again, with other ids. */
const allowedAfterFailure: readonly Target[] = ['qualified', 'disqualified'];

/** Open leads are those that nobody has decided on yet: they are scored anew when criteria or time change their score. */
export const isOpen = ({ status }: Pick<Lifecycle, 'status'>): boolean =>
  status === 'new' || status === 'working' || status === 'nurturing';

/**
 * What asking for a state does: `moves` there, `stays` because it is there already, or is `refused`. A qualified lead whose conversion
 * failed is led to `qualified` anew.
 */
export const outcomeOf = (lifecycle: Lifecycle, to: Target): 'moves' | 'stays' | 'refused' => {
  const failed = lifecycle.status === 'qualified' && lifecycle.conversion.status === 'failed';
  if ((failed ? allowedAfterFailure : allowed[lifecycle.status]).includes(to)) return 'moves';
  return lifecycle.status === to ? 'stays' : 'refused';
};
