import { busSource, type EventContract, EventMetadata, type ServiceName } from './core/event.ts';
import type { ServiceDeclaration } from './core/service.ts';
import { eventsSaidBy } from './exchanged-events.ts';
import { type JsonSchema, SchemaCollection } from './json-schemas.ts';

interface Published {
  readonly contract: EventContract;
  readonly by: readonly ServiceName[];
  readonly to: readonly ServiceName[];
}

const published = (services: readonly ServiceDeclaration[]): Published[] => {
  const contracts = new Map(
    services.flatMap((service) => [...eventsSaidBy(service), ...service.consumes]).map((contract) => [contract.name, contract]),
  );
  return [...contracts.values()]
    .sort((a, b) => a.name.localeCompare(b.name))
    .map((contract) => ({
      contract,
      by: services.filter((service) => eventsSaidBy(service).some(({ name }) => name === contract.name)).map(({ name }) => name),
      to: services.filter(({ consumes }) => consumes.some(({ name }) => name === contract.name)).map(({ name }) => name),
    }));
};

/** What an event of ours carries beside its data. */
const ourDetail = (contract: EventContract, collection: SchemaCollection): JsonSchema => ({
  type: 'object',
  required: ['metadata', 'data'],
  properties: {
    metadata: {
      allOf: [collection.of(EventMetadata, 'output'), { properties: { schemaVersion: { const: contract.schemaVersion } } }],
    },
    data: collection.of(contract.data, 'output'),
  },
});

const message = ({ contract, by }: Published, collection: SchemaCollection): JsonSchema => ({
  name: contract.name,
  title: contract.name,
  summary: contract.summary,
  contentType: 'application/json',
  payload: {
    type: 'object',
    required: ['source', 'detail-type', 'detail'],
    properties: {
      source:
        contract.outside === undefined
          ? { enum: (by.length > 0 ? by : contract.sources).map(busSource) }
          : { type: 'string', pattern: `^${contract.outside.replaceAll('.', '\\.')}` },
      'detail-type': { const: contract.name },
      detail: contract.outside === undefined ? ourDetail(contract, collection) : collection.of(contract.data, 'input'),
    },
  },
});

/** The AsyncAPI 3 document of the events on the bus: who says each and who listens. Made at build time from the same contracts. */
export const asyncApiDocument = (services: readonly ServiceDeclaration[], { version }: { readonly version: string }): JsonSchema => {
  const collection = new SchemaCollection();
  const events = published(services);
  const messages = Object.fromEntries(events.map((entry) => [entry.contract.name, message(entry, collection)]));
  const operations = events.flatMap(({ contract, by, to }) => [
    ...by.map((service) => [`${service}Says${contract.name}`, 'send', service, contract] as const),
    ...to.map((service) => [`${service}Hears${contract.name}`, 'receive', service, contract] as const),
  ]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Leadline events',
      version,
      description:
        'Facts on the one EventBridge bus. Delivery is at least once and in any order; `metadata.eventId` tells a repetition. `metadata.actor` is who did it: ' +
        '`key:<id>`, `user:<sub>` of an access token, `form:<id>`, `system:<service>`, `automation:<source>`.',
    },
    defaultContentType: 'application/json',
    channels: {
      bus: {
        address: 'leadline-{stage}',
        title: 'The event bus',
        parameters: { stage: { description: 'dev, prod, or local on one machine', examples: ['local'] } },
        messages: Object.fromEntries(events.map(({ contract }) => [contract.name, { $ref: `#/components/messages/${contract.name}` }])),
      },
    },
    operations: Object.fromEntries(
      operations.map(([name, action, service, contract]) => [
        name,
        {
          action,
          channel: { $ref: '#/channels/bus' },
          summary: contract.summary,
          tags: [{ name: service }],
          messages: [{ $ref: `#/channels/bus/messages/${contract.name}` }],
        },
      ]),
    ),
    components: { messages, schemas: collection.schemas },
  };
};
