import { beforeAll, describe, expect, it } from 'vitest';
import { usagePrefix } from '#table/keys.ts';
import { type AppFunction, functionsOf, relayFunction } from '../../infra/functions.ts';
import { services } from '../../infra/services.ts';
import { examplesOf, type Keys, keysOf } from '../iam/keys.ts';
import { type FunctionPolicy, policiesIn } from '../iam/policies.ts';
import { synthesize } from './synthesized.ts';

const all: readonly AppFunction[] = [...services.flatMap(functionsOf), relayFunction];
const { functions: policies, indexes } = policiesIn(synthesize('prod', services).app.synth().directory, 'prod');

const reading = ['ConditionCheckItem', 'GetItem'];
const itemActions = ['BatchGetItem', 'DeleteItem', 'PutItem', 'Query', 'UpdateItem', ...reading];
const neverAllowed = ['BatchWriteItem', 'Scan', 'PartiQLSelect', 'PartiQLInsert', 'PartiQLUpdate', 'PartiQLDelete', 'DeleteTable'];

let formed: ReadonlyMap<string, Keys>;
beforeAll(async () => {
  formed = new Map(await Promise.all(all.map(async (one) => [one.name, await keysOf(one)] as const)));
});

const keysFormedBy = (name: string): readonly string[] => [...(formed.get(name)?.keys ?? [])];

const policyOf = (name: string): FunctionPolicy => {
  const found = policies.find((policy) => policy.name === name);
  if (!found) throw new Error(`no policy of ${name}`);
  return found;
};
const ownerOf = (key: string): string => key.slice(0, key.indexOf('#'));
const readsOf = (service: string): readonly string[] =>
  services.find(({ name }) => name === service)?.reads.map(({ partitions }) => partitions) ?? [];
const answersHttp = ({ role }: AppFunction): boolean => role === 'http' || role === 'other';
const matches = (pattern: string, key: string): boolean => key.startsWith(pattern.replace(/\*$/, ''));

/** What is counted of keys belongs to no service: those that are asked count, and platform shows it. */
const usageActions = (one: AppFunction): string[] =>
  !answersHttp(one) || one.declaration.table === false ? [] : [...(one.service === 'platform' ? ['BatchGetItem'] : []), 'UpdateItem'];

/** What of another service's records a function may be given to read: what its service declares, and the API key of who asks. */
const mayRead = (one: AppFunction, action: string, key: string): boolean =>
  one.declaration.table !== false &&
  ((reading.includes(action) && readsOf(one.service).some((pattern) => matches(pattern, key))) ||
    (action === 'GetItem' && answersHttp(one) && key.startsWith('platform#api-key#')));

describe('the keys that the code can form', () => {
  it('are found in it, of every service, of records, lists, marks and other services', () => {
    const found = keysFormedBy;
    expect(found('intake-http')).toEqual(
      expect.arrayContaining([
        'intake#email#',
        'intake#leads',
        'intake#idempotency#',
        'intake#lead#',
        'qualification#lead#',
        'platform#api-key#',
      ]),
    );
    expect(found('deals-events')).toEqual(expect.arrayContaining(['deals#inbox#', 'deals#dead-letter#', 'deals#deal#', 'deals#']));
    expect(found('qualification-sweep')).toEqual(expect.arrayContaining(['qualification#due', 'qualification#lead#']));
    expect(found('relay')).toEqual([]);
    for (const one of all.filter(({ declaration }) => declaration.table !== false))
      expect(found(one.name).length, one.name).toBeGreaterThan(3);
  });
});

describe.each(all.map((one) => [one.name, one] as const))('%s', (name, one) => {
  const withTable = one.declaration.table !== false;

  it('may do with the keys that it can form what it has to: everything with its own, reading with those of others', () => {
    const policy = policyOf(name);
    for (const key of keysFormedBy(name).flatMap(examplesOf)) {
      const own = ownerOf(key) === one.service;
      // A function without the table's keys forms one only to check callers, of which it has none: its routes are public.
      if (!withTable) continue;
      const ofOthers = key.startsWith(usagePrefix) ? usageActions(one) : key.startsWith('platform#api-key#') ? ['GetItem'] : reading;
      const needed = own ? itemActions : ofOthers;
      expect({ key, may: needed.filter((action) => policy.may(action, key)) }).toEqual({ key, may: needed });
      if (own) expect({ key, by: indexes.filter((index) => policy.may('Query', key, index)) }).toEqual({ key, by: indexes });
    }
  });

  it("may do nothing with any other service's keys but read what is declared", () => {
    const policy = policyOf(name);
    const foreign = all
      .filter(({ service }) => service !== one.service)
      .flatMap((other) => keysFormedBy(other.name).filter((key) => ownerOf(key) === other.service));
    expect(new Set(foreign.map(ownerOf)).size).toBe(one.service === 'relay' ? services.length : services.length - 1);
    for (const key of [...new Set(foreign)].flatMap(examplesOf)) {
      const allowed = itemActions.filter((action) => policy.may(action, key));
      expect({ key, allowed }).toEqual({ key, allowed: itemActions.filter((action) => mayRead(one, action, key)) });
      expect({ key, by: indexes.filter((index) => itemActions.some((action) => policy.may(action, key, index))) }).toEqual({ key, by: [] });
    }
  });

  it('may count what is asked with a key if it is asked itself, and no more of that', () => {
    const policy = policyOf(name);
    for (const key of examplesOf(usagePrefix)) {
      const allowed = itemActions.filter((action) => policy.may(action, key));
      expect({ key, allowed }).toEqual({ key, allowed: usageActions(one) });
    }
  });

  it('may do nothing that no code of ours does, not even with its own keys', () => {
    const policy = policyOf(name);
    for (const key of ['', one.service, `${one.service}#lead#x`, `${one.service}-other#x`, 'unknown#x']) {
      expect({ key, allowed: neverAllowed.filter((action) => policy.may(action, key)) }).toEqual({ key, allowed: [] });
    }
    for (const key of ['', one.service, `${one.service}-other#x`, 'unknown#x'])
      expect({ key, allowed: itemActions.filter((action) => policy.may(action, key)) }).toEqual({ key, allowed: [] });
  });
});

describe('what a service declares to read of others', () => {
  it.each(services.flatMap(({ name, reads }) => reads.map(({ partitions }) => [name, partitions] as const)))(
    '%s: %s is read by code of it',
    (service, partitions) => {
      const [owner = ''] = partitions.split('#');
      const ofService = all.filter((one) => one.service === service).map(({ name }) => formed.get(name));
      const may = ofService.flatMap((found) => [
        ...(found?.keys ?? []),
        ...[...(found?.ofAnyOwner ?? [])].map((rest) => `${owner}${rest}`),
      ]);
      expect(may.flatMap(examplesOf).some((key) => matches(partitions, key))).toBe(true);
    },
  );

  it('is not asked for by a function without the table, whose routes are public', () => {
    for (const service of services)
      for (const one of functionsOf(service).filter(({ declaration }) => declaration.table === false)) {
        const served = Object.values(service.routes).filter(({ servedBy }) => `${service.name}-${servedBy}` === one.name);
        expect(served.map(({ access }) => access)).toEqual(served.map(() => 'public'));
      }
  });
});
