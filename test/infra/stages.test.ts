import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { services } from '../../infra/services.ts';
import { stageNamed } from '../../infra/stages.ts';
import { synthesize } from './synthesized.ts';

describe('stages', { timeout: 30_000 }, () => {
  it('is dev unless told', () => {
    expect(stageNamed().name).toBe('dev');
  });

  it.each(['staging', '', 'constructor', 7, null])('refuses %j and says which there are', (name) => {
    expect(() => stageNamed(name)).toThrow(/Unknown stage.*dev, prod, local/);
  });

  it('keeps stages apart by name, and protects prod from deletion', () => {
    const { app } = synthesize('prod', services);
    const stacks = app.synth().stacks;
    expect(stacks.map(({ stackName }) => stackName).sort()).toEqual(
      ['stateful', 'relay', 'api', 'operations', 'firewall', 'front', ...services.map(({ name }) => name)]
        .map((name) => `leadline-prod-${name}`)
        .sort(),
    );
    expect(stacks.filter(({ terminationProtection }) => !terminationProtection)).toEqual([]);
  });

  it('has the same resources locally as in dev', () => {
    const kinds = (stage: string) => synthesize(stage, services).resources.map(({ stack, type }) => `${stack.replace(stage, '')} ${type}`);
    expect(kinds('local').sort()).toEqual(kinds('dev').sort());
  });
});

describe('cdk-nag', { timeout: 30_000 }, () => {
  it.each(['dev', 'prod'])('finds nothing in %s that is not answered with a reason', (stage) => {
    const { app } = synthesize(stage, services);
    for (const pack of [new AwsSolutionsChecks(app), new ServerlessChecks(app)]) expect(pack.validateScope(app).violations).toEqual([]);
  });
});

describe('dashboard', { timeout: 30_000 }, () => {
  it('shows requests, errors, latency, dead letters, the relay’s lag and the table', () => {
    const [dashboard] = synthesize('dev', services).ofType('AWS::CloudWatch::Dashboard');
    const body = JSON.stringify(dashboard?.properties.DashboardBody);
    for (const metric of [
      'Count',
      '4xx',
      '5xx',
      'Latency',
      'ApproximateNumberOfMessagesVisible',
      'IteratorAge',
      'WriteThrottleEvents',
      'ConsumedWriteCapacityUnits',
    ]) {
      expect(body).toContain(metric);
    }
  });
});
