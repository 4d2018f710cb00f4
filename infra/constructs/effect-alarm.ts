import { aws_cloudwatch_actions as actions, aws_cloudwatch as cloudwatch, type Duration, type aws_sns as sns } from 'aws-cdk-lib';
import { Construct } from 'constructs';

export interface EffectAlarmProps {
  readonly name: string;
  readonly metric: cloudwatch.Metric;
  /** Alarms at this value or above. */
  readonly threshold: number;
  /** What went wrong, in a few words; the description's first sentence. */
  readonly finding: string;
  /** What people lose meanwhile, in one sentence. */
  readonly businessEffect: string;
  readonly topic: sns.ITopic;
  readonly periods?: number;
}

/** An alarm that says what it means for the business. Silence is good news: missing data does not alarm. */
export class EffectAlarm extends Construct {
  constructor(scope: Construct, id: string, props: EffectAlarmProps) {
    super(scope, id);
    const alarm = new cloudwatch.Alarm(this, 'Alarm', {
      alarmName: props.name,
      alarmDescription: `${props.finding} ${props.businessEffect}`,
      metric: props.metric,
      threshold: props.threshold,
      evaluationPeriods: props.periods ?? 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction(new actions.SnsAction(props.topic));
  }
}

/** Metric of a Lambda function by its physical name. */
export const functionMetric = (functionName: string, metricName: string, statistic: string, period: Duration): cloudwatch.Metric =>
  new cloudwatch.Metric({ namespace: 'AWS/Lambda', metricName, dimensionsMap: { FunctionName: functionName }, statistic, period });
