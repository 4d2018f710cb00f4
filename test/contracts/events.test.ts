import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { busSource, detailSchema, type EventContract } from '#contracts/core/event.ts';
import { eventsSaidBy } from '#contracts/exchanged-events.ts';
import { services } from '../../infra/services.ts';

const folder = new URL('events/', import.meta.url);
const fixture = (name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const fixturesIn = (path: string): string[] => readdirSync(new URL(path, folder)).filter((name) => name.endsWith('.json'));

const contracts = new Map<string, EventContract>(services.flatMap(eventsSaidBy).map((contract) => [contract.name, contract]));

const check = (name: string, detail: unknown) => {
  const contract = contracts.get(name);
  if (!contract) throw new Error(`no contract of ${name}`);
  return z.safeParse(detailSchema(contract), detail);
};

// The golden events were said by the running product. They are never edited: what was said once must be understood for as long as an archive can replay it.
describe('golden events', () => {
  it('exist for every event of the contract', () => {
    expect(
      fixturesIn('.')
        .map((file) => file.replace(/\.json$/, ''))
        .sort(),
    ).toEqual([...contracts.keys()].sort());
  });

  it.each(fixturesIn('.'))('%s is understood, as it was said', (file) => {
    const event = fixture(file);
    const name = file.replace(/\.json$/, '');
    expect(event['detail-type']).toBe(name);
    expect(contracts.get(name)?.sources.map(busSource)).toContain(event.source);
    const outcome = check(name, event.detail);
    expect(outcome.error?.issues ?? []).toEqual([]);
    expect(outcome.data).toEqual(event.detail);
  });

  it.each(fixturesIn('.'))('%s is understood with members that a later version may add', (file) => {
    const { detail } = fixture(file);
    const later = { metadata: { ...detail.metadata, traceparent: '00-0' }, data: { ...detail.data, addedLater: { any: 1 } }, extra: true };
    expect(check(file.replace(/\.json$/, ''), later).success).toBe(true);
  });
});

describe('events that must not be acted on', () => {
  it.each(fixturesIn('refused/'))('%s is refused', (file) => {
    const [name = ''] = file.split('.');
    expect(check(name, fixture(`refused/${file}`).detail).success).toBe(false);
  });
});
