import { compilePattern } from './aws/event-pattern.ts';
import type { BusEvent } from './aws/types.ts';
import type { RuleModel, TargetModel } from './model.ts';
import type { OutgoingMessage, Queues } from './queues.ts';
import { targetInput } from './target-input.ts';

/** The queue that holds asynchronous invocations of a function, as Lambda has one of its own for each. */
export const asyncQueueArn = (functionArn: string): string => `async:${functionArn}`;

export interface BusOptions {
  readonly rules: readonly RuleModel[];
  readonly queues: Queues;
  readonly busNameOf: (busArn: string) => string | undefined;
  /** Told of each event with the names of the rules it matched. */
  readonly onEvent?: (event: BusEvent, rules: readonly RuleModel[]) => void;
  readonly onLost?: (event: BusEvent, target: TargetModel, reason: string) => void;
}

/** Events to another bus are matched there; EventBridge does not let them go on from a third. */
const MAX_HOPS = 2;

/** Matches events with rules and puts what their targets are given on durable queues. */
export class Bus {
  readonly #options: BusOptions;
  readonly #rules: readonly { readonly rule: RuleModel; readonly matches: (event: unknown) => boolean }[];

  constructor(options: BusOptions) {
    this.#options = options;
    this.#rules = options.rules.map((rule) => ({ rule, matches: compilePattern(rule.pattern) }));
  }

  /**
   * Takes events: when this returns, all that their targets are to get is durable, in one transaction.
   * What cannot be delivered goes to the target's dead-letter queue.
   */
  publish(busName: string, events: readonly BusEvent[]): void {
    const messages: OutgoingMessage[] = [];
    const seen: (() => void)[] = [];
    for (const event of events) this.#route(busName, event, 0, messages, seen);
    this.#options.queues.send(messages);
    for (const tell of seen) tell();
  }

  /** The messages that a target gets for an event: one, or one for its dead-letter queue if it cannot be reached. */
  deliver(
    target: TargetModel,
    event: BusEvent,
    rule: { readonly arn: string; readonly name: string },
    text: string = JSON.stringify(event),
  ): readonly OutgoingMessage[] {
    const { queues } = this.#options;
    const body = targetInput(target, text, { ruleArn: rule.arn, ruleName: rule.name });
    for (const queueArn of [target.arn, asyncQueueArn(target.arn)]) {
      if (queues.has(queueArn)) return [{ queueArn, body }];
    }
    this.#options.onLost?.(event, target, `there is no target ${target.arn}`);
    if (target.deadLetterArn === undefined || !queues.has(target.deadLetterArn)) return [];
    return [
      {
        queueArn: target.deadLetterArn,
        body: text,
        attributes: {
          RULE_ARN: rule.arn,
          TARGET_ARN: target.arn,
          ERROR_CODE: 'NO_RESOURCE',
          ERROR_MESSAGE: 'The target does not exist',
          EXHAUSTED_RETRY_CONDITION: 'NonRetryable',
        },
      },
    ];
  }

  #route(busName: string, event: BusEvent, hops: number, messages: OutgoingMessage[], seen: (() => void)[]): void {
    const matched = this.#rules.filter(({ rule, matches }) => rule.busName === busName && matches(event)).map(({ rule }) => rule);
    seen.push(() => this.#options.onEvent?.(event, matched));
    if (matched.length === 0) return;
    const text = JSON.stringify(event);
    for (const rule of matched) {
      for (const target of rule.targets) {
        const other = this.#options.busNameOf(target.arn);
        if (other === undefined) messages.push(...this.deliver(target, event, rule, text));
        else if (hops < MAX_HOPS - 1) this.#route(other, event, hops + 1, messages, seen);
      }
    }
  }
}
