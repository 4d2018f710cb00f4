import { type Answer, answer, failure, JSON_1_1 } from './answers.ts';
import type { Caller } from './caller.ts';
import { isObject, parseJson, textAt } from './json.ts';
import type { AwsEndpointsOptions } from './types.ts';

const NOT_FOUND = "Secrets Manager can't find the specified secret.";
const OPERATIONS = new Set(['GetSecretValue', 'DescribeSecret']);

/** Secrets Manager, as far as reading the template's secrets goes. */
export function secretsEndpoint({
  secrets,
  region,
  account,
}: AwsEndpointsOptions): (operation: string, body: Buffer, caller: Caller | undefined) => Answer {
  return (operation, raw, caller) => {
    if (!OPERATIONS.has(operation)) {
      return failure(JSON_1_1, 'UnknownOperationException', `Leadline's local Secrets Manager does not know ${operation}.`);
    }
    const body = parseJson(raw.toString());
    if (!isObject(body)) {
      return failure(JSON_1_1, 'SerializationException', undefined);
    }
    const id = textAt(body, 'SecretId');
    if (id === undefined) {
      return failure(
        JSON_1_1,
        'ValidationException',
        "1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null",
      );
    }
    const secret = secrets.get(id);
    if (caller !== undefined) {
      const action = `secretsmanager:${operation}`;
      const resource = secret?.arn ?? (id.startsWith('arn:') ? id : `arn:aws:secretsmanager:${region}:${account}:secret:${id}`);
      const context = new Map([
        ['secretsmanager:secretid', [id]],
        ['aws:securetransport', ['true']],
        ['aws:requestedregion', [region]],
      ]);
      const decision = caller.policy({ action, resource, context });
      if (!decision.allowed) {
        return failure(JSON_1_1, 'AccessDeniedException', caller.refuse(action, resource, decision.because, ''));
      }
    }
    if (secret === undefined) {
      return failure(JSON_1_1, 'ResourceNotFoundException', NOT_FOUND);
    }
    const { arn: ARN, name: Name, versionId: VersionId, value: SecretString } = secret;
    const seconds = secret.createdAt / 1000;
    if (operation === 'DescribeSecret') {
      const Description = secret.description === undefined ? {} : { Description: secret.description };
      return answer(JSON_1_1, {
        ARN,
        Name,
        ...Description,
        CreatedDate: seconds,
        LastChangedDate: seconds,
        VersionIdsToStages: { [VersionId]: ['AWSCURRENT'] },
      });
    }
    const version = textAt(body, 'VersionId') ?? VersionId;
    const stage = textAt(body, 'VersionStage') ?? 'AWSCURRENT';
    if (version !== VersionId || stage !== 'AWSCURRENT') {
      return failure(
        JSON_1_1,
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for staging label: ${stage}`,
      );
    }
    return answer(JSON_1_1, { ARN, Name, VersionId, SecretString, VersionStages: ['AWSCURRENT'], CreatedDate: seconds });
  };
}
