import { aws_events as events } from 'aws-cdk-lib';
import { busSource, type ServiceName } from '#contracts/core/event.ts';
import type { ServiceDeclaration } from '#contracts/core/service.ts';

export interface SubscriptionPattern {
  /** The service that says it, or what the sources outside begin with. */
  readonly from: string;
  readonly pattern: { readonly source: string[]; readonly detailType: string[] };
}

/**
 * What a service listens to, one pattern per source: a pattern over several sources would match every pairing of source and name, also those that no
 * contract knows.
 */
export const subscriptionsOf = (service: ServiceDeclaration): readonly SubscriptionPattern[] => {
  const namesBySource = new Map<ServiceName, Set<string>>();
  const namesByPrefix = new Map<string, Set<string>>();
  for (const { name, sources, outside } of service.consumes) {
    for (const source of sources) namesBySource.set(source, (namesBySource.get(source) ?? new Set()).add(name));
    if (outside !== undefined) namesByPrefix.set(outside, (namesByPrefix.get(outside) ?? new Set()).add(name));
  }
  return [
    ...[...namesBySource].map(([from, names]) => ({ from, pattern: { source: [busSource(from)], detailType: [...names].sort() } })),
    ...[...namesByPrefix].map(([prefix, names]) => ({
      from: prefix.replace(/\.$/, ''),
      pattern: { source: events.Match.prefix(prefix), detailType: [...names].sort() },
    })),
  ];
};
