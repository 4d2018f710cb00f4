import { Lead, type LeadState } from '#contracts/resources/lead.ts';
import { inOrder } from './canonical.ts';
import type { CurrentStanding } from './standing.ts';

const names = Object.keys(Lead.shape);

/** A lead as the API answers it: what intake keeps and where it stands; lifecycle actions count in its version. */
export const leadResource = (lead: LeadState, current: CurrentStanding): Lead =>
  inOrder(names, {
    ...lead,
    ...current.standing,
    version: lead.version + current.actions,
    updatedAt: current.updatedAt !== undefined && current.updatedAt > lead.updatedAt ? current.updatedAt : lead.updatedAt,
  });
