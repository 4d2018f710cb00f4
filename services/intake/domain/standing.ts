import { defined } from '#contracts/core/json.ts';
import type { ProjectedStanding } from '#contracts/records/lead.ts';
import type { QualificationRecord } from '#contracts/records/qualification.ts';
import type { LeadStanding, LifecycleStage } from '#contracts/resources/lead.ts';

/** Where a lead stands before anything was said of it. */
const unscored: ProjectedStanding = {
  status: 'new',
  lifecycleStage: 'lead',
  score: 0,
  rating: 'cold',
  actions: 0,
  sequence: 0,
};

const stageRank: Readonly<Record<LifecycleStage, number>> = { lead: 0, mql: 1, sql: 2, customer: 3 };

const furtherStage = (a: LifecycleStage, b: LifecycleStage): LifecycleStage => (stageRank[a] >= stageRank[b] ? a : b);

/** What one of qualification's events says. */
export interface QualificationFact {
  readonly standing: LeadStanding & { readonly actions: number };
  readonly sequence: number;
  readonly at: string;
  /** Whether it is a `LeadQualified`, which asks for a conversion. */
  readonly qualifies: boolean;
}

/** A conversion that failed shows as failed as long as the qualification it belongs to is the last one. */
const settled = (standing: ProjectedStanding): ProjectedStanding =>
  standing.status === 'qualified' && standing.failure !== undefined && standing.failure.qualifiedBy === standing.qualifiedBy
    ? { ...standing, conversion: { status: 'failed', reason: standing.failure.reason } }
    : standing;

/**
 * After an event of qualification. An older sequence changes nothing; converted is for good, and a customer stays one, whatever arrives
 * late. Undefined: nothing to change.
 */
export const afterQualification = (before: ProjectedStanding | undefined, fact: QualificationFact): ProjectedStanding | undefined => {
  const now = before ?? unscored;
  const qualifiedBy = fact.qualifies ? Math.max(now.qualifiedBy ?? 0, fact.sequence) : now.qualifiedBy;
  if (fact.sequence <= now.sequence) {
    // Late, but it may be the qualification whose failure was heard of before.
    return qualifiedBy === now.qualifiedBy ? undefined : settled(defined({ ...now, qualifiedBy }));
  }
  const { convertedTo, conversion, ...plain } = fact.standing;
  const converted = now.status === 'converted';
  return settled(
    defined({
      ...plain,
      status: converted ? now.status : plain.status,
      lifecycleStage:
        converted || now.lifecycleStage === 'customer' ? furtherStage(now.lifecycleStage, plain.lifecycleStage) : plain.lifecycleStage,
      convertedTo: now.convertedTo ?? (convertedTo === undefined ? undefined : { dealId: now.dealId, ...convertedTo }),
      conversion: converted ? now.conversion : conversion,
      disqualifiedReason: converted ? undefined : plain.disqualifiedReason,
      sequence: fact.sequence,
      updatedAt: fact.at,
      qualifiedBy,
      failure: now.failure,
      dealId: now.dealId,
    }),
  );
};

/** After `LeadConverted`. */
export const afterConversion = (
  before: ProjectedStanding | undefined,
  to: { readonly contactId: string; readonly accountId: string },
  at: string,
): ProjectedStanding => {
  const now = before ?? unscored;
  return defined({
    ...now,
    status: 'converted',
    lifecycleStage: furtherStage(now.lifecycleStage, 'sql'),
    convertedTo: defined({ ...to, dealId: now.dealId }),
    conversion: { status: 'done' },
    disqualifiedReason: undefined,
    failure: undefined,
    updatedAt: at,
  });
};

/** After `ConversionFailed`, which names its `LeadQualified` by sequence. It counts only for the last one, or one not heard of yet. */
export const afterFailure = (
  before: ProjectedStanding | undefined,
  failure: { readonly qualifiedBy: number; readonly reason: string },
  at: string,
): ProjectedStanding | undefined => {
  const now = before ?? unscored;
  if (now.status === 'converted' || (now.qualifiedBy !== undefined && failure.qualifiedBy < now.qualifiedBy)) return undefined;
  return settled({ ...now, failure, updatedAt: at });
};

/** After `DealCreated` for the conversion's deal. Undefined: it has one already. */
export const afterDeal = (before: ProjectedStanding | undefined, dealId: string, at: string): ProjectedStanding | undefined => {
  const now = before ?? unscored;
  if (now.dealId !== undefined) return undefined;
  return defined({
    ...now,
    dealId,
    convertedTo: now.convertedTo === undefined ? undefined : { ...now.convertedTo, dealId },
    updatedAt: at,
  });
};

/** After `DealWon`. Undefined: a customer already. */
export const afterWin = (before: ProjectedStanding | undefined, at: string): ProjectedStanding | undefined => {
  const now = before ?? unscored;
  return now.lifecycleStage === 'customer' ? undefined : { ...now, lifecycleStage: 'customer', updatedAt: at };
};

export interface CurrentStanding {
  readonly standing: LeadStanding;
  /** Callers' lifecycle actions, part of the lead's version. */
  readonly actions: number;
  readonly updatedAt: string | undefined;
}

const laterOf = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a;

const plain = ({ status, lifecycleStage, score, rating, convertedTo, conversion, disqualifiedReason }: LeadStanding): LeadStanding =>
  defined({ status, lifecycleStage, score, rating, convertedTo, conversion, disqualifiedReason });

/**
 * Where a lead stands as of now: qualification's own record says it, except for what intake may have heard first, that it was converted
 * and won. Without that record, as in lists, what was projected.
 */
export const currentStanding = (projected: ProjectedStanding | undefined, record: QualificationRecord | undefined): CurrentStanding => {
  const seen = projected ?? unscored;
  if (record === undefined) return { standing: plain(seen), actions: seen.actions, updatedAt: seen.updatedAt };
  const own = record.standing;
  const converted = seen.status === 'converted' || own.status === 'converted';
  const convertedTo =
    own.convertedTo === undefined && seen.convertedTo === undefined
      ? undefined
      : { ...own.convertedTo, ...seen.convertedTo, ...(seen.dealId === undefined ? {} : { dealId: seen.dealId }) };
  const standing = plain({
    ...own,
    status: converted ? 'converted' : own.status,
    lifecycleStage:
      converted || seen.lifecycleStage === 'customer' ? furtherStage(own.lifecycleStage, seen.lifecycleStage) : own.lifecycleStage,
    convertedTo: isWhole(convertedTo) ? convertedTo : undefined,
    conversion: converted ? { status: 'done' } : own.conversion,
    disqualifiedReason: converted ? undefined : own.disqualifiedReason,
  });
  return { standing, actions: Math.max(record.actions, seen.actions), updatedAt: laterOf(record.updatedAt, seen.updatedAt) };
};

type Parts = { readonly contactId?: string; readonly accountId?: string; readonly dealId?: string | undefined };

const isWhole = (parts: Parts | undefined): parts is NonNullable<LeadStanding['convertedTo']> =>
  parts?.contactId !== undefined && parts.accountId !== undefined;
