import type { LeadInput, LeadState } from '#contracts/resources/lead.ts';
import { ok } from '#runtime/answer.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalid } from '#runtime/problem.ts';
import { fillBlanks } from '../domain/blanks.ts';
import { accountFills, accountOf, contactFills, contactOf } from '../domain/conversion.ts';
import type { accounts } from '../service.ts';
import { matchParties } from './match-parties.ts';

/** What nobody calls a value that a lead gave: made by the system, or empty. */
const apart = new Set(['id', 'leadId', 'createdAt', 'updatedAt', 'version', 'formerAccounts', 'formerEmails', 'kind', 'type']);

const given = (record: object): string[] =>
  Object.entries(record).flatMap(([field, value]) =>
    apart.has(field) || value === undefined || (Array.isArray(value) && value.length === 0) ? [] : [field],
  );

const filledIn = (fields: readonly string[]): string[] => fields.filter((field) => !apart.has(field));

/** A lead as intake would keep it: who names only a company is one. */
const leadOf = (id: string, input: LeadInput, now: string): LeadState => ({
  ...input,
  id,
  kind:
    input.kind ?? ((input.firstName ?? input.lastName ?? input.email) === undefined && input.company !== undefined ? 'company' : 'person'),
  priority: input.priority ?? 'normal',
  source: input.source ?? 'api',
  channel: input.channel ?? 'api',
  tags: input.tags ?? [],
  touches: 1,
  createdAt: now,
  updatedAt: now,
  version: 1,
});

/**
 * What converting a lead would come to, found as a conversion finds it; nothing changes. Refuses a given account or contact that is not
 * there: 422.
 */
export const previewConversion: Handler<(typeof accounts.routes)['previewConversion']> = async (request, unit) => {
  const lead = leadOf(unit.newId('lead'), request.body.lead, unit.now);
  const match = await matchParties(unit.table, lead, request.body);
  if (match.gone.length > 0) {
    throw invalid(match.gone.map((what) => ({ pointer: `/${what}Id`, code: 'unknown_id', detail: `there is no such ${what}` })));
  }
  const { contact, account } = match;
  const accountId = account?.account.id ?? unit.newId('account');
  const isFree = match.lookup.holder === undefined;
  return ok({
    contact: {
      match: contact?.contact.id ?? null,
      by: match.contactBy,
      fills:
        contact === undefined
          ? given(contactOf(lead, unit.newId('contact'), accountId, unit.now))
          : filledIn(fillBlanks(contact.contact, contactFills(lead, accountId, isFree)).filled),
    },
    account: {
      match: account?.account.id ?? null,
      by: match.accountBy,
      fills:
        account === undefined
          ? given(accountOf(lead, accountId, unit.now))
          : filledIn(fillBlanks(account.account, accountFills(account.account, lead)).filled),
    },
  });
};
