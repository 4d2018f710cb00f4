import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Accepts findings of cdk-nag on a construct and all below it; each rule id (with its finding, `AwsSolutions-IAM5[Resource::*]`) with the reason. */
export const acknowledge = (construct: IConstruct, findings: Readonly<Record<string, string>>): void => {
  for (const [id, reason] of Object.entries(findings)) Validations.of(construct).acknowledge({ id, reason });
};
