import { aws_iam as iam } from 'aws-cdk-lib';
import type { ForeignRead, ServiceDeclaration } from '#contracts/core/service.ts';
import { usagePrefix } from '#table/keys.ts';

/** The ARNs a policy names; indexes one by one, because a wildcard would also allow those to come. */
export interface TableArns {
  readonly table: string;
  readonly indexes: readonly string[];
}

// No Scan and no BatchWriteItem: nothing here reads without a key or writes without a condition. Transactions are authorized by the action of each
// item in them (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html).
const ownActions = [
  'dynamodb:BatchGetItem',
  'dynamodb:ConditionCheckItem',
  'dynamodb:DeleteItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:Query',
  'dynamodb:UpdateItem',
];

// ForAllValues is true when the request has no such key at all; the Null condition refuses that
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html).
const leadingKeys = (patterns: readonly string[]) => ({
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...patterns] },
  Null: { 'dynamodb:LeadingKeys': 'false' },
});

const apiKeys: ForeignRead = { owner: 'platform', partitions: 'platform#api-key#*', why: 'every request is checked against its key' };

/**
 * What a function of a service may do with the table: everything item-wise in its own prefix, `GetItem` and `ConditionCheckItem` of what the service
 * declares to read of others and, when it answers HTTP, `GetItem` of API keys and `UpdateItem` of what is counted of their use. Platform, which shows
 * keys, reads that too.
 * @throws Error when a declared foreign read is not inside its owner's prefix, or is the service's own.
 */
export const tableStatements = (
  service: Pick<ServiceDeclaration, 'name' | 'reads'>,
  arns: TableArns,
  { answersHttp }: { readonly answersHttp: boolean },
): readonly iam.PolicyStatement[] => {
  for (const { owner, partitions } of service.reads) {
    if (owner === service.name || !partitions.startsWith(`${owner}#`)) {
      throw new Error(`${service.name} declares a foreign read of ${partitions}, which is not a prefix of ${owner}'s.`);
    }
  }
  const own = new iam.PolicyStatement({
    sid: 'OwnRecords',
    actions: ownActions,
    resources: [arns.table, ...arns.indexes],
    conditions: leadingKeys([`${service.name}#*`]),
  });
  const foreign = new iam.PolicyStatement({
    sid: 'DeclaredForeignReads',
    actions: ['dynamodb:ConditionCheckItem', 'dynamodb:GetItem'],
    resources: [arns.table],
    conditions: leadingKeys(service.reads.map(({ partitions }) => partitions)),
  });
  const keys = new iam.PolicyStatement({
    sid: 'ApiKeys',
    actions: ['dynamodb:GetItem'],
    resources: [arns.table],
    conditions: leadingKeys([apiKeys.partitions]),
  });
  const usage = new iam.PolicyStatement({
    sid: 'KeyUsage',
    actions: ['dynamodb:UpdateItem', ...(service.name === apiKeys.owner ? ['dynamodb:BatchGetItem'] : [])],
    resources: [arns.table],
    conditions: leadingKeys([`${usagePrefix}*`]),
  });
  return [
    own,
    ...(service.reads.length > 0 ? [foreign] : []),
    ...(answersHttp && service.name !== apiKeys.owner ? [keys] : []),
    ...(answersHttp ? [usage] : []),
  ];
};
