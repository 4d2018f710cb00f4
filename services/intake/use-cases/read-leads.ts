import type { Lead } from '#contracts/resources/lead.ts';
import type { intakeRoutes } from '#contracts/routes/intake.ts';
import { type Answer, ok, page } from '#runtime/answer.ts';
import type { Handler, HttpRequest } from '#runtime/handlers.ts';
import type { UnitOfWork } from '#runtime/unit-of-work.ts';
import type { Item } from '#table/item.ts';
import { leadsOf } from '../domain/identity.ts';
import { isUnfiltered, type LeadFilter, matches } from '../domain/lead-filter.ts';
import { leadResource } from '../domain/lead-resource.ts';
import { currentStanding } from '../domain/standing.ts';
import { timelineEntry } from '../domain/timeline.ts';
import { readIdentity } from '../store/identities.ts';
import { type LivingLead, listLeadItems, listLeadItemsByScore, listTouchItems, scorePosition } from '../store/leads.ts';
import { listTimelineItems } from '../store/timeline.ts';
import { answerAbout, collectionsOf, leadEtag, viewLead } from './lead-view.ts';

/** A lead as of now. Refusals: 404. */
export const getLead: Handler<typeof intakeRoutes.getLead> = (request, unit) =>
  answerAbout(unit.table, request.id, '', ({ resource }) => ok(resource, { etag: leadEtag(resource) }));

const projected = (record: LivingLead): Lead => leadResource(record.lead, currentStanding(record.standing, undefined));

const positionOf = (lead: Lead, byScore: boolean): string =>
  byScore ? scorePosition(lead.score, lead.id) : `${lead.createdAt}#${lead.id}`;

/** Leads with one e-mail address, as of now: they are few, so they are read whole. */
const listByEmail = async (
  request: HttpRequest<typeof intakeRoutes.listLeads>,
  unit: UnitOfWork,
  email: string,
  filter: LeadFilter,
): Promise<Answer> => {
  const identity = await readIdentity(unit.table, email);
  const views = await Promise.all(leadsOf(identity?.data ?? {}).map((leadId) => viewLead(unit.table, leadId)));
  const sign = request.query.sort === 'createdAt' ? 1 : -1;
  const { limit, after } = request.page;
  const found = views
    .flatMap((view) => (view === undefined || view.resource.email !== email || !matches(view.resource, filter) ? [] : [view.resource]))
    .map((lead) => ({ lead, position: positionOf(lead, request.query.sort === '-score') }))
    .sort((a, b) => (a.position < b.position ? -sign : sign))
    .filter(({ position }) => after === undefined || (position < after ? sign < 0 : position > after && sign > 0));
  const items = found.slice(0, limit);
  return page({ items: items.map(({ lead }) => lead), next: found.length > limit ? items.at(-1)?.position : undefined });
};

/** Leads by time of creation, newest first, unless asked otherwise; every given filter holds. `email` is as fresh as a read by id. */
export const listLeads: Handler<typeof intakeRoutes.listLeads> = async (request, unit) => {
  const { email, sort, ...filter } = request.query;
  if (email !== undefined) return listByEmail(request, unit, email, filter);
  const { createdAfter, createdBefore } = filter;
  const { limit, after } = request.page;
  const from = after === undefined ? { limit } : { limit, after };
  const keep = ({ data }: Item<LivingLead>): boolean => matches(projected(data), filter);
  const { items, next } =
    sort === '-score'
      ? await listLeadItemsByScore(unit.table, { ...from, ...(Object.keys(filter).length === 0 ? {} : { keep }) })
      : await listLeadItems(unit.table, {
          ...from,
          descending: sort !== 'createdAt',
          createdAfter,
          createdBefore,
          ...(isUnfiltered(filter) ? {} : { keep }),
        });
  return page({ items: items.map((item) => projected(item.data)), next });
};

/** What happened to a lead, newest first. Refusals: 404. */
export const listLeadTimeline: Handler<typeof intakeRoutes.listLeadTimeline> = (request, unit) =>
  answerAbout(unit.table, request.id, '/timeline', async (view) => {
    const { items, next } = await listTimelineItems(unit.table, collectionsOf(view), request.page);
    return page({ items: items.map((item) => timelineEntry(item.data)), next });
  });

/** Captures of a lead, oldest first. Refusals: 404. */
export const listLeadTouches: Handler<typeof intakeRoutes.listLeadTouches> = (request, unit) =>
  answerAbout(unit.table, request.id, '/touches', async (view) => {
    const { items, next } = await listTouchItems(unit.table, collectionsOf(view), request.page);
    return page({ items: items.map((item) => item.data), next });
  });
