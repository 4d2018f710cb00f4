import { compileCondition, type RequestContext, type Verdict } from './iam-conditions.ts';
import { arnLike, wildcard } from './iam-wildcard.ts';
import type { OneOrMore, PolicyStatement } from './types.ts';

/** One check that AWS would make for a request. */
export interface AccessCheck {
  /** Such as `dynamodb:PutItem`. */
  readonly action: string;
  /** An ARN, or `*` for actions without a resource. */
  readonly resource: string;
  readonly context: RequestContext;
}

/** The answer to a check; `because` finishes AWS's sentence "… is not authorized to perform … on resource: …". */
export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly because: string };

export type Policy = (check: AccessCheck) => Decision;

interface Statement {
  readonly allow: boolean;
  readonly applies: (action: string, resource: string) => boolean;
  readonly condition: (context: RequestContext) => Verdict;
}

const ALLOWED: Decision = { allowed: true };

function list(value: OneOrMore<string>): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

function anyMatch(patterns: readonly string[], compile: (pattern: string) => (text: string) => boolean): (text: string) => boolean {
  const matchers = patterns.map(compile);
  return (text) => matchers.some((matches) => matches(text));
}

function resourceMatcher(pattern: string): (text: string) => boolean {
  if (pattern === '*') {
    return () => true;
  }
  if (pattern.includes('${')) {
    // A policy variable, which we do not resolve, matches nothing.
    return () => false;
  }
  return pattern.startsWith('arn:') ? arnLike(pattern) : wildcard(pattern);
}

function selector(
  only: OneOrMore<string> | undefined,
  not: OneOrMore<string> | undefined,
  compile: (pattern: string) => (text: string) => boolean,
): (text: string) => boolean {
  if (only !== undefined) {
    return anyMatch(list(only), compile);
  }
  if (not !== undefined) {
    const excluded = anyMatch(list(not), compile);
    return (text) => !excluded(text);
  }
  return () => false;
}

function compileStatement(statement: PolicyStatement): Statement {
  const action = selector(statement.Action, statement.NotAction, (pattern) => wildcard(pattern, true));
  const resource = selector(statement.Resource, statement.NotResource, resourceMatcher);
  return {
    allow: statement.Effect === 'Allow',
    applies: (wantedAction, wantedResource) => action(wantedAction) && resource(wantedResource),
    condition: compileCondition(statement.Condition),
  };
}

/**
 * Compiles an identity-based policy to a function that decides as AWS does: an explicit Deny wins, then an Allow is needed.
 * What cannot be judged (an unknown condition key or operator, a policy variable) never allows and always denies.
 */
export function compilePolicy(statements: readonly PolicyStatement[]): Policy {
  const compiled = statements.map(compileStatement);
  // Few pairs of action and resource occur, and for each the same statements apply: found once.
  const applying = new Map<string, readonly Statement[]>();
  return ({ action, resource, context }) => {
    const pair = `${action}\n${resource}`;
    let candidates = applying.get(pair);
    if (candidates === undefined) {
      candidates = compiled.filter((statement) => statement.applies(action, resource));
      if (applying.size < 10_000) {
        applying.set(pair, candidates);
      }
    }
    let allowed = false;
    let unknown: string | undefined;
    for (const { allow, condition } of candidates) {
      const verdict = condition(context);
      if ('unknown' in verdict) {
        if (!allow) {
          return { allowed: false, because: `because of a Deny statement that Leadline's local IAM cannot judge (${verdict.unknown})` };
        }
        unknown = verdict.unknown;
      } else if (verdict.holds) {
        if (!allow) {
          return { allowed: false, because: 'with an explicit deny in an identity-based policy' };
        }
        allowed = true;
      }
    }
    if (allowed) {
      return ALLOWED;
    }
    return unknown === undefined
      ? { allowed: false, because: `because no identity-based policy allows the ${action} action` }
      : { allowed: false, because: `because the only statements that might allow it Leadline's local IAM cannot judge (${unknown})` };
  };
}
