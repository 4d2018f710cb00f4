import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import type { ServiceDeclaration } from '#contracts/core/service.ts';
import { type Leadline, leadline } from '../../infra/leadline.ts';

// The rules of CloudFormation are checked by `cdk synth` itself; here they would only cost two seconds a template.
process.env.CDK_VALIDATION = 'false';

/** Whatever CloudFormation takes, as loosely typed as the CDK gives it; assertions say what they expect. */
type Properties = ReturnType<Template['findResources']>[string][string];

export interface Resource {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  readonly properties: Properties;
  readonly deletionPolicy: unknown;
}

export interface Synthesized extends Leadline {
  readonly resources: readonly Resource[];
  readonly ofType: (type: string) => readonly Resource[];
}

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A folder that goes when the tests of the file are through. */
export const temporaryDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'leadline-infra-'));
  directories.push(directory);
  return directory;
};

/** The app of a stage with empty functions, and all resources of its templates. */
export const synthesize = (stage: string, services: readonly ServiceDeclaration[]): Synthesized => {
  const bundle = temporaryDirectory();
  writeFileSync(join(bundle, 'index.mjs'), 'export const handler = async () => ({});');
  const synthesized = leadline({ services, bundleOf: () => bundle, stage, outdir: temporaryDirectory() });
  const stacks: readonly Stack[] = [
    synthesized.stateful,
    ...synthesized.services,
    synthesized.relay,
    synthesized.api,
    synthesized.operations,
    ...synthesized.front,
  ];
  const resources = stacks.flatMap((stack) =>
    Object.entries<Record<string, unknown>>(Template.fromStack(stack).toJSON().Resources).map(([id, resource]) => ({
      stack: stack.stackName,
      id,
      type: String(resource.Type),
      properties: resource.Properties ?? {},
      deletionPolicy: resource.DeletionPolicy,
    })),
  );
  return { ...synthesized, resources, ofType: (type) => resources.filter((resource) => resource.type === type) };
};

/** True when a value of a template refers to a resource of the same stack, or to another's export of it. */
export const refersTo = (value: unknown, { id }: Resource): boolean => value !== undefined && JSON.stringify(value).includes(id);
