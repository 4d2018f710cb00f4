import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { defined } from '#contracts/core/json.ts';
import { LeadInput, type LeadState } from '#contracts/resources/lead.ts';

/** What a caller or a form said of a lead; absent is blank. */
export type LeadFields = LeadInput;

/** A phone number in E.164 where it parses; `country` (two letters) is the default region. */
export type ToE164 = (phone: string, country: string | undefined) => string | undefined;

/** Where a capture came from when its fields don't say. */
export interface CaptureDefaults {
  readonly source: string;
  readonly channel: LeadState['channel'];
}

// contract.md section 1, Sizes.
const mostBytes = 64 * 1024;
const mostTags = 50;
const mostCustomFields = 50;
const customFieldBytes = 16 * 1024;

const byteLength = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** Whether a resource keeps to 64 KiB as JSON. */
export const fitsResource = (resource: object): boolean => byteLength(resource) <= mostBytes;

/** A lead is a company when all that is known is the company; whoever has a name or an e-mail is a person. */
const kindOf = (fields: LeadFields): LeadState['kind'] =>
  fields.company !== undefined && fields.firstName === undefined && fields.lastName === undefined && fields.email === undefined
    ? 'company'
    : 'person';

const complete = (fields: LeadFields, defaults: CaptureDefaults, toE164: ToE164) => ({
  ...fields,
  kind: fields.kind ?? kindOf(fields),
  priority: fields.priority ?? ('normal' as const),
  source: fields.source ?? defaults.source,
  channel: fields.channel ?? defaults.channel,
  tags: fields.tags ?? [],
  phoneE164: fields.phone === undefined ? undefined : toE164(fields.phone, fields.country),
});

/** A lead at its first capture. */
export const newLead = (
  given: { readonly id: string; readonly fields: LeadFields; readonly now: string; readonly formId?: string | undefined },
  defaults: CaptureDefaults,
  toE164: ToE164,
): LeadState =>
  defined({
    id: given.id,
    ...complete(given.fields, defaults, toE164),
    touches: 1,
    formId: given.formId,
    createdAt: given.now,
    updatedAt: given.now,
    version: 1,
  });

const Writable = z.object(LeadInput.shape);

/** The fields of a lead that callers may set. */
export const writableFields = (lead: LeadState): LeadFields => z.parse(Writable, lead);

/** Union of two objects in which the first wins, as far as the second's members fit. */
const united = <V>(
  first: Readonly<Record<string, V>>,
  second: Readonly<Record<string, V>>,
  fits: (both: Record<string, NoInfer<V>>) => boolean,
) => {
  const both = new Map(Object.entries(first));
  for (const [name, value] of Object.entries(second)) {
    if (both.has(name)) continue;
    both.set(name, value);
    if (!fits(Object.fromEntries(both))) both.delete(name);
  }
  return Object.fromEntries(both);
};

const customFieldsFit = (fields: Record<string, unknown>): boolean =>
  Object.keys(fields).length <= mostCustomFields && byteLength(fields) <= customFieldBytes;

const profilesFit = (profiles: Record<string, unknown>): boolean => Object.keys(profiles).length <= 50;

/** The lead with its blanks filled from the fields; what it says already stays. Parts of one thing (address, utm, consent) are not mixed. */
const filled = (lead: LeadState, fields: LeadFields): LeadState => ({
  ...defined(fields),
  ...lead,
  ...(lead.customFields !== undefined && fields.customFields !== undefined
    ? { customFields: united(lead.customFields, fields.customFields, customFieldsFit) }
    : {}),
  ...(lead.socialProfiles !== undefined && fields.socialProfiles !== undefined
    ? { socialProfiles: united(lead.socialProfiles, fields.socialProfiles, profilesFit) }
    : {}),
  tags: [...new Set([...lead.tags, ...(fields.tags ?? [])])].slice(0, mostTags),
});

/**
 * The lead after another capture of the same person: blanks filled, nothing overwritten, tags added, counted. The version grows only when
 * that said something new. A lead that would outgrow 64 KiB is only counted.
 */
export const touchedLead = (lead: LeadState, fields: LeadFields, now: string, toE164: ToE164): LeadState => {
  const wanted = filled(lead, fields);
  const next = fitsResource(wanted) ? wanted : lead;
  return defined({
    ...next,
    phoneE164: next.phoneE164 ?? (next.phone === undefined ? undefined : toE164(next.phone, next.country)),
    touches: lead.touches + 1,
    updatedAt: now,
    version: isDeepStrictEqual(next, lead) ? lead.version : lead.version + 1,
  });
};

/** The lead after a caller's change, and the names of the fields that changed; none: the lead as it was. A cleared field takes its default. */
export const changedLead = (
  lead: LeadState,
  fields: LeadFields,
  now: string,
  toE164: ToE164,
): { readonly lead: LeadState; readonly changed: readonly string[] } => {
  const { id, touches, knownContactId, formId, createdAt } = lead;
  const next = defined({
    id,
    ...complete(defined(fields), { source: 'api', channel: 'api' }, toE164),
    touches,
    knownContactId,
    formId,
    createdAt,
    updatedAt: now,
    version: lead.version + 1,
  });
  const before = new Map(Object.entries(lead));
  const after = new Map(Object.entries(next));
  const changed = Object.keys(LeadInput.shape).filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)));
  return changed.length === 0 ? { lead, changed } : { lead: next, changed };
};
