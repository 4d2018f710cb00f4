import type { Lead, LeadState } from '#contracts/resources/lead.ts';
import type { CurrentStanding } from './standing.ts';

/** A lead as the API answers it: what intake keeps and where it stands; lifecycle actions count in its version. */
export const leadResource = (lead: LeadState, current: CurrentStanding): Lead => ({
  ...lead,
  ...current.standing,
  version: lead.version + current.actions,
  updatedAt: current.updatedAt !== undefined && current.updatedAt > lead.updatedAt ? current.updatedAt : lead.updatedAt,
});
