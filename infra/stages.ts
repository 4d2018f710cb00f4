import { aws_logs as logs } from 'aws-cdk-lib';

/** CloudFront with a firewall, before the API, which then serves what came through it and nothing else. */
export interface Front {
  /** How many requests a minute of one address the firewall lets through, 10 to 2,000,000,000. */
  readonly requestsPerMinute: number;
}

/** What differs between stages; everything else is the same app. */
export interface Stage {
  readonly name: 'dev' | 'prod' | 'local';
  /** Deployed to AWS, and so checked at synthesis; the local stage is read by the local runtime only, which need not wait for the checks. */
  readonly deployed: boolean;
  /** Data outlives the stack: deletion protection and RETAIN. */
  readonly keepsData: boolean;
  readonly logRetention: logs.RetentionDays;
  /** Requests per second, steady and in a burst, that the API takes before it answers 429. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  readonly front?: Front;
  /**
   * After how many of the function's timeouts an unhandled message becomes visible again. AWS asks for six, so that throttled pollers do not use up
   * the receives (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html); one machine has no throttling and need not wait.
   */
  readonly redeliveryInTimeouts: number;
}

const stages: Readonly<Record<Stage['name'], Stage>> = {
  dev: {
    name: 'dev',
    deployed: true,
    keepsData: false,
    logRetention: logs.RetentionDays.TWO_WEEKS,
    throttle: { rateLimit: 500, burstLimit: 1000 },
    redeliveryInTimeouts: 6,
  },
  prod: {
    name: 'prod',
    deployed: true,
    keepsData: true,
    logRetention: logs.RetentionDays.THREE_MONTHS,
    throttle: { rateLimit: 2000, burstLimit: 4000 },
    // An automation that sends 100 a second is none to be shut out.
    front: { requestsPerMinute: 6000 },
    redeliveryInTimeouts: 6,
  },
  local: {
    name: 'local',
    deployed: false,
    keepsData: false,
    logRetention: logs.RetentionDays.ONE_DAY,
    throttle: { rateLimit: 5000, burstLimit: 5000 },
    redeliveryInTimeouts: 1,
  },
};

const isStageName = (name: string): name is Stage['name'] => Object.hasOwn(stages, name);

/**
 * The stage of a name, as `cdk -c stage=<name>` gives it; `dev` when none is given.
 * @throws Error for a name that is no stage.
 */
export const stageNamed = (name: unknown = 'dev'): Stage => {
  if (typeof name !== 'string' || !isStageName(name)) {
    throw new Error(`Unknown stage ${JSON.stringify(name)}: use one of ${Object.keys(stages).join(', ')} (cdk synth -c stage=prod).`);
  }
  return stages[name];
};
