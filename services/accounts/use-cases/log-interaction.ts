import { busSource } from '#contracts/core/event.ts';
import { idPrefixes } from '#contracts/core/ids.ts';
import type { FieldError } from '#contracts/core/problems.ts';
import { InteractionLogged } from '#contracts/events/accounts.ts';
import type { Interaction, InteractionInput } from '#contracts/resources/interaction.ts';
import { created, ok } from '#runtime/answer.ts';
import { etagOf } from '#runtime/etag.ts';
import type { Handler } from '#runtime/handlers.ts';
import { invalid, notFound } from '#runtime/problem.ts';
import type { Reader, UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Write } from '#table/transaction.ts';
import { interactionNumbers, newInteraction, shownInteraction } from '../domain/interaction.ts';
import type { accounts } from '../service.ts';
import { notConverted } from '../store/conversions.ts';
import { countInteractions, interactionEvent, readByExternalId, readInteraction, takeExternalId } from '../store/interactions.ts';
import { leadExists } from '../store/leads.ts';
import { type Named, partiesOf, readDeal } from '../store/parties.ts';
import { survivingAccount, survivingContact } from '../store/survivors.ts';
import { type Line, lineDrafts, noteInteraction } from '../store/timeline.ts';

const etag = etagOf({ version: 1 });

/** The ids that the body names, merged ones as their survivors, and with whom it is told; 422 for each that does not exist. */
const resolve = async (
  table: Reader,
  { contactId, accountId, leadId, dealId }: InteractionInput,
): Promise<{ readonly ids: Partial<InteractionInput>; readonly named: Named }> => {
  const [contact, account, isLead, deal] = await Promise.all([
    contactId === undefined ? undefined : survivingContact(table, contactId),
    accountId === undefined ? undefined : survivingAccount(table, accountId),
    leadId === undefined ? true : leadExists(table, leadId),
    dealId === undefined ? undefined : readDeal(table, dealId),
  ]);
  const unknown = (what: string): FieldError => ({ pointer: `/${what}Id`, code: 'unknown_id', detail: `there is no such ${what}` });
  const errors = [
    ...(contactId !== undefined && contact === undefined ? [unknown('contact')] : []),
    ...(accountId !== undefined && account === undefined ? [unknown('account')] : []),
    ...(isLead ? [] : [unknown('lead')]),
    ...(dealId !== undefined && deal === undefined ? [unknown('deal')] : []),
  ];
  if (errors.length > 0) throw invalid(errors);
  return {
    ids: { ...(contact === undefined ? {} : { contactId: contact }), ...(account === undefined ? {} : { accountId: account }) },
    named: {
      contactIds: contact === undefined ? (deal?.contactIds ?? []) : [contact],
      accountIds: account === undefined ? (contact === undefined ? (deal?.accountIds ?? []) : []) : [account],
      leadId: leadId ?? deal?.leadId,
    },
  };
};

const lineOf = (interaction: Interaction, unit: UnitOfWork): Line => {
  // The line has an id of its own: that of the event is made with the transaction.
  const id = `${idPrefixes.event}_${interaction.id.slice(idPrefixes.interaction.length + 1)}`;
  const metadata = {
    eventId: id,
    occurredAt: interaction.occurredAt,
    schemaVersion: InteractionLogged.schemaVersion,
    correlationId: unit.correlationId,
    causationId: unit.causationId,
    actor: unit.actor,
    subject: interaction.id,
    sequence: 1,
  };
  const said = { source: busSource('accounts'), detailType: InteractionLogged.name };
  return {
    at: interaction.occurredAt,
    id,
    kind: interaction.kind,
    said: { ...said, detail: { metadata, data: { interaction: shownInteraction(interaction) } } },
  };
};

/**
 * Logs an interaction with whom and what it names: a deal's stands with its contacts and account, too, a lead's with what it was converted
 * into, or will be. The same `externalId` again: 200 with the first. Refuses ids that do not exist: 422.
 */
export const logInteraction: Handler<(typeof accounts.routes)['logInteraction']> = async (request, unit) => {
  const { body } = request;
  const first = body.externalId === undefined ? undefined : await readByExternalId(unit.table, body.externalId);
  if (first !== undefined) return ok(first, { etag });

  const { ids, named } = await resolve(unit.table, body);
  const interaction = newInteraction(unit.newId('interaction'), { ...body, ...ids }, unit.now);
  const parties = await partiesOf(unit.table, named);
  const answer = created(`/v1/interactions/${interaction.id}`, interaction, { etag });
  const numbers = interactionNumbers(interaction);
  const lines = lineDrafts(lineOf(interaction, unit), parties);
  const noted = body.leadId !== undefined && (body.contactId ?? body.accountId ?? body.dealId) !== undefined ? body.leadId : undefined;
  const heldTo = parties.leadId ?? noted;
  await unit.commit({
    writes: [
      ...lines.map((item): Write => ({ op: 'create', item })),
      ...(noted === undefined ? [] : [{ op: 'create', item: noteInteraction(noted, interaction.id, lines) } as const]),
      ...parties.contactIds.map((id) => countInteractions('contact', id, numbers)),
      ...parties.accountIds.map((id) => countInteractions('account', id, numbers)),
      ...(body.externalId === undefined ? [] : [takeExternalId(body.externalId, interaction.id)]),
      // A conversion takes over what the lead's story holds by then, and an erasure what is noted, and they hear of nothing later.
      ...(heldTo === undefined ? [] : [await notConverted(unit.table, heldTo)]),
    ],
    events: [interactionEvent(InteractionLogged, interaction)],
    answer,
  });
  return answer;
};

/** An interaction. Refuses one that is not there: 404. */
export const getInteraction: Handler<(typeof accounts.routes)['getInteraction']> = async (request, unit) => {
  const interaction = await readInteraction(unit.table, request.id);
  if (interaction === undefined) throw notFound('There is no such interaction.');
  return ok(interaction, { etag });
};
