import type { Submission } from '#contracts/resources/form.ts';
import type { LeadFields } from '../domain/lead.ts';
import type { Sameness } from '../store/submissions.ts';

/** What was sent to a form, understood as its format has it. */
export interface Received {
  /** What is kept of it, field by field; never a secret. */
  readonly payload: Submission['payload'];
  readonly status: Submission['status'];
  readonly sameness: Sameness;
  /**
   * What it says of a lead.
   *
   * @throws {Problem} 422
   */
  lead(): LeadFields;
}
