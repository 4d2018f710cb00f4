import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import { describe, expect, it } from 'vitest';
import { services } from '../../infra/services.ts';

const configuration = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: []; options: ICruiseOptions };

describe('imports', () => {
  it('point one way: entry points, use cases, domain; services to packages; no service to another, and no cycle', async () => {
    const { output } = await cruise(['packages', 'services', 'infra', 'test'], {
      ...configuration.options,
      validate: true,
      ruleSet: { forbidden: configuration.forbidden },
    });
    const { summary } = output as ICruiseResult;
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
    // With a TypeScript that it cannot use, dependency-cruiser finds nothing to complain of in no modules at all.
    expect(summary.totalCruised).toBeGreaterThan(150);
  }, 60_000);
});

describe('a service folder', () => {
  it.each(services.map(({ name }) => name))('has the one shape: %s', (name) => {
    const entries = readdirSync(new URL(`../../services/${name}`, import.meta.url)).map((entry) => entry.replace(/\.ts$/, ''));
    expect(entries).toEqual(expect.arrayContaining(['service', 'api', 'events', 'domain', 'use-cases', 'store', 'README.md']));
  });

  it.each(services.map((service) => [service.name, service] as const))(
    'names in its README what it listens to and says: %s',
    async (name, service) => {
      const { readFile } = await import('node:fs/promises');
      const text = await readFile(new URL(`../../services/${name}/README.md`, import.meta.url), 'utf8');
      const missing = [...service.consumes, ...service.emits].map((event) => event.name).filter((event) => !text.includes(event));
      expect(missing).toEqual([]);
    },
  );

  it('reads only records of others that exist as contracts', () => {
    for (const { reads } of services) {
      for (const { owner, partitions } of reads) expect(partitions.startsWith(`${owner}#`)).toBe(true);
    }
    expect(existsSync(new URL('../../packages/contracts/records', import.meta.url))).toBe(true);
  });
});
