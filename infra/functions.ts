import type { ServiceName } from '#contracts/core/event.ts';
import type { FunctionDeclaration, ServiceDeclaration } from '#contracts/core/service.ts';

/** A function of the app: what bundling, stacks, dashboard and tests agree on. */
export interface AppFunction {
  /** `intake-http`; the name of its bundle, its construct and, after the stage, of the deployed function. */
  readonly name: string;
  readonly service: ServiceName | 'relay';
  readonly role: 'http' | 'events' | 'other' | 'schedule' | 'relay';
  readonly declaration: FunctionDeclaration;
  /** Source file, from the repository's root. */
  readonly source: string;
}

/** The functions of a service, HTTP first. */
export const functionsOf = (service: ServiceDeclaration): readonly AppFunction[] => {
  const one = (suffix: string, role: AppFunction['role'], declaration: FunctionDeclaration): AppFunction => ({
    name: `${service.name}-${suffix}`,
    service: service.name,
    role,
    declaration,
    source: `services/${service.name}/${declaration.entry}`,
  });
  const { http, events, others = {}, schedules = {} } = service.functions;
  return [
    one('http', 'http', http),
    ...(events ? [one('events', 'events', events)] : []),
    ...Object.entries(others).map(([suffix, declaration]) => one(suffix, 'other', declaration)),
    ...Object.entries(schedules).map(([suffix, declaration]) => one(suffix, 'schedule', declaration)),
  ];
};

/** The outbox relay: not a service (no routes, no records of its own), but a function like the others. */
export const relayFunction: AppFunction = {
  name: 'relay',
  service: 'relay',
  role: 'relay',
  source: 'services/relay/stream.ts',
  declaration: {
    entry: 'stream.ts',
    memory: 512,
    timeout: 30,
    table: false,
    businessEffect: 'What happened is stored but not told: leads stay unscored, conversions and deals wait, until the relay runs again.',
  },
};

/** Physical name of a function in a stage. Known before deployment, so that dashboard and alarms need no exports between stacks. */
export const functionName = (stageName: string, name: string): string => `leadline-${stageName}-${name}`;
