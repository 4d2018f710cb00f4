import type { Fate, Faults } from './faults.ts';
import { compilePolicy, type Policy } from './iam.ts';
import type { AwsEndpointsOptions, Principal } from './types.ts';

/** Who asks: a function under its policy. The developer's tools and the runtime itself are no caller, and may do everything. */
export interface Caller {
  readonly principal: Principal;
  readonly policy: Policy;
  /** What is to happen to this call; undefined when no faults are wanted. */
  readonly fate: Fate | undefined;
  /**
   * Makes the text of a refusal, and tells the runtime that there was one.
   * @param detail what AWS would not say, for the runtime's log alone.
   */
  refuse(action: string, resource: string, because: string, detail: string): string;
}

/** Finds the caller by the access key id of an `Authorization` header. Signatures are not verified: nobody but this machine can call. */
export function findCallers(options: AwsEndpointsOptions, faults: Faults | undefined): (accessKeyId: string) => Caller | undefined {
  const policies = new WeakMap<Principal, Policy>();
  return (accessKeyId) => {
    const principal = options.principals().get(accessKeyId);
    if (principal === undefined) {
      return undefined;
    }
    let policy = policies.get(principal);
    if (policy === undefined) {
      policy = compilePolicy(principal.statements);
      policies.set(principal, policy);
    }
    return {
      principal,
      policy,
      fate: faults?.(),
      refuse: (action, resource, because, detail) => {
        const user = `arn:aws:sts::${options.account}:assumed-role/${principal.name}/${principal.name}`;
        const message = `User: ${user} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
        options.onDenied?.(principal, message + detail);
        return message;
      },
    };
  };
}
