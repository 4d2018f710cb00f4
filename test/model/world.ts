import { maySay } from '#contracts/core/event.ts';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { serveEvents } from '#runtime/consumer.ts';
import type { Edge } from '#runtime/edge.ts';
import { serveHttp } from '#runtime/http.ts';
import { serveSchedule } from '#runtime/schedule.ts';
import { handlers as accountsHandlers } from '#services/accounts/api.ts';
import { handlers as accountsEvents } from '#services/accounts/events.ts';
import { accounts } from '#services/accounts/service.ts';
import { handlers as dealsEvents } from '#services/deals/events.ts';
import { handlers as dealsHandlers } from '#services/deals/handlers.ts';
import { apiRoutes as dealsRoutes } from '#services/deals/routes.ts';
import { deals } from '#services/deals/service.ts';
import { run as sweepDeals } from '#services/deals/sweep.ts';
import { serveIntake } from '#services/intake/api.ts';
import { consumeForIntake } from '#services/intake/events.ts';
import { intake } from '#services/intake/service.ts';
import { handlers as platformEvents } from '#services/platform/events.ts';
import { platform } from '#services/platform/service.ts';
import { handlers as qualificationHandlers } from '#services/qualification/api.ts';
import { handlers as qualificationEvents } from '#services/qualification/events.ts';
import { apiRoutes as qualificationRoutes } from '#services/qualification/routes.ts';
import { qualification } from '#services/qualification/service.ts';
import type { Item } from '#table/item.ts';
import type { OutboxEvent } from '#table/transaction.ts';
import { openEngineEdge } from '#testing/engine.ts';
import { client, queueEvent, type TestAnswer, type TestRequest, testContext } from '#testing/requests.ts';
import { readItems } from '../verify/read-items.ts';

/** All services on one table of the real engine, and a bus that delivers at least once, in any order, some events while others are being said. */
export interface World {
  call(method: string, path: string, request?: TestRequest): Promise<TestAnswer>;
  /** Ids of one kind that events have told of, in that order. */
  known(prefix: string): readonly string[];
  /** Lets the actors act at once, with events delivered meanwhile, until nothing is left to be delivered. */
  live(actors: readonly (() => Promise<void>)[]): Promise<void>;
  /** Runs what deals do by the clock. */
  sweep(): Promise<void>;
  items(): Promise<Item[]>;
  advance(milliseconds: number): void;
  stop(): Promise<void>;
}

/** Paths of services other than intake. */
const paths: readonly (readonly [string, RegExp])[] = [
  ['qualification', /^\/v1\/(qualification|signals|reports\/funnel|leads\/[^/]+\/(qualification|qualify|disqualify|nurture|work|reopen))/],
  ['accounts', /^\/v1\/(accounts|contacts|interactions|conversions)/],
  ['deals', /^\/v1\/(deals|pipelines|quotes|invoices|tasks|forecast|settings|reports\/(losses|velocity))/],
];

interface Delivery {
  readonly service: ServiceDeclaration;
  readonly event: OutboxEvent;
  failures: number;
}

/** Deliveries at once. */
const width = 4;
/** A delivery that fails more often will never do. */
const mostFailures = 200;

/** `chance(n)` is a number from 0 up to, not including, n. */
export const openWorld = async (chance: (n: number) => number): Promise<World> => {
  const { engine, clock, table, ...rest } = await openEngineEdge();
  const known = new Map<string, Set<string>>();
  const pending: Delivery[] = [];
  const services = [intake, qualification, accounts, deals, platform] satisfies ServiceDeclaration[];

  const say = (event: OutboxEvent): void => {
    if (event.detailType === 'DeadLetterRecorded') throw new Error(`given up: ${JSON.stringify(event.detail.data)}`);
    const { subject } = event.detail.metadata;
    const [prefix = ''] = subject.split('_');
    known.set(prefix, (known.get(prefix) ?? new Set()).add(subject));
    for (const service of services) {
      const isHeard = service.consumes.some((contract) => contract.name === event.detailType && maySay(contract, event.source));
      if (isHeard) pending.push({ service, event, failures: 0 });
    }
  };
  const edge: Edge = {
    ...rest,
    table: {
      ...table,
      commit: async (...transaction) => {
        const events = await table.commit(...transaction);
        clock.advance(1);
        events.forEach(say);
        return events;
      },
    },
  };

  const apis = {
    intake: client(serveIntake(edge)),
    qualification: client(serveHttp({ service: qualification, routes: qualificationRoutes, handlers: qualificationHandlers, edge })),
    accounts: client(serveHttp({ service: accounts, handlers: accountsHandlers, edge })),
    deals: client(serveHttp({ service: deals, routes: dealsRoutes, handlers: dealsHandlers, edge })),
  };
  const queues: Readonly<Record<string, ReturnType<typeof serveEvents>>> = {
    intake: consumeForIntake(edge),
    qualification: serveEvents({ service: qualification, handlers: qualificationEvents, edge }),
    accounts: serveEvents({ service: accounts, handlers: accountsEvents, edge }),
    deals: serveEvents({ service: deals, handlers: dealsEvents, edge }),
    platform: serveEvents({ service: platform, handlers: platformEvents, edge }),
  };

  const sweep = serveSchedule({ service: deals, run: sweepDeals, edge });

  const deliver = async (delivery: Delivery): Promise<void> => {
    const { source, detailType, detail } = delivery.event;
    const { eventId: id, occurredAt: time } = detail.metadata;
    const message = { version: '0', id, time, 'detail-type': detailType, source, detail, resources: [] };
    const answer = await queues[delivery.service.name]?.(queueEvent([message]), testContext());
    if ((answer?.batchItemFailures.length ?? 0) === 0) {
      // At least once: every fifth comes again.
      if (delivery.failures === 0 && chance(5) === 0) pending.push({ ...delivery, failures: 1 });
      return;
    }
    delivery.failures += 1;
    if (delivery.failures > mostFailures) throw new Error(`${delivery.service.name} never handles ${JSON.stringify(delivery.event)}`);
    pending.push(delivery);
  };

  return {
    call: (method, path, request) => {
      const name = paths.find(([, pattern]) => pattern.test(path))?.[0] ?? 'intake';
      const call = Object.entries(apis).find(([service]) => service === name)?.[1] ?? apis.intake;
      return call(method, path, request);
    },
    known: (prefix) => [...(known.get(prefix) ?? [])],
    live: async (actors) => {
      let busy = actors.length;
      const act = async (actor: () => Promise<void>): Promise<void> => {
        await actor();
        busy -= 1;
      };
      const carry = async (): Promise<void> => {
        while (busy > 0 || pending.length > 0) {
          const [delivery] = pending.splice(chance(pending.length), 1);
          if (delivery === undefined) {
            await new Promise((resolve) => setImmediate(resolve));
            continue;
          }
          busy += 1;
          await deliver(delivery);
          busy -= 1;
        }
      };
      await Promise.all([...actors.map(act), ...Array.from({ length: width }, carry)]);
    },
    sweep: () => sweep({}, { ...testContext(), getRemainingTimeInMillis: () => 50_000 }),
    items: () => readItems(engine.client, engine.tableName),
    advance: clock.advance,
    stop: engine.stop,
  };
};
