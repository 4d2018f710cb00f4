import {
  Duration,
  aws_dynamodb as dynamodb,
  aws_events as events,
  aws_iam as iam,
  aws_kms as kms,
  RemovalPolicy,
  Stack,
  type StackProps,
  aws_secretsmanager as secrets,
  aws_sns as sns,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { busSource, serviceNames } from '#contracts/core/event.ts';
import { archiveDays } from '#contracts/core/retention.ts';
import { acknowledge } from './constructs/acknowledge.ts';
import type { TableArns } from './constructs/table-access.ts';
import type { Stage } from './stages.ts';

export interface StatefulStackProps extends StackProps {
  readonly stage: Stage;
}

const indexNames = ['gsi1', 'gsi2', 'gsi3'] as const;

/** What must not be lost, and what all others hang on: the table, the bus with its archive, the signing secret, the topic that alarms go to. */
export class StatefulStack extends Stack {
  readonly table: dynamodb.TableV2;
  readonly tableName: string;
  readonly tableArns: TableArns;
  readonly streamArn: string;
  readonly bus: events.EventBus;
  readonly signingSecret: secrets.Secret;
  /** What CloudFront proves itself with to the functions, where it stands in front. */
  readonly frontSecret: secrets.Secret | undefined;
  readonly alarmTopic: sns.Topic;

  constructor(scope: Construct, id: string, { stage, ...props }: StatefulStackProps) {
    super(scope, id, props);
    const removalPolicy = stage.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    const string = (name: string): dynamodb.Attribute => ({ name, type: dynamodb.AttributeType.STRING });

    this.tableName = `leadline-${stage.name}`;
    this.table = new dynamodb.TableV2(this, 'Table', {
      tableName: this.tableName,
      partitionKey: string('pk'),
      sortKey: string('sk'),
      globalSecondaryIndexes: indexNames.map((indexName) => ({
        indexName,
        partitionKey: string(`${indexName}pk`),
        sortKey: string(`${indexName}sk`),
        projectionType: dynamodb.ProjectionType.ALL,
      })),
      billing: dynamodb.Billing.onDemand(),
      timeToLiveAttribute: 'expiresAt',
      dynamoStream: dynamodb.StreamViewType.NEW_IMAGE,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: stage.keepsData,
      removalPolicy,
    });
    this.tableArns = { table: this.table.tableArn, indexes: indexNames.map((name) => `${this.table.tableArn}/index/${name}`) };
    if (!this.table.tableStreamArn) throw new Error('The table has no stream.');
    this.streamArn = this.table.tableStreamArn;

    this.bus = new events.EventBus(this, 'Bus', {
      eventBusName: `leadline-${stage.name}`,
      description: 'What the services say to each other',
    });
    this.bus.applyRemovalPolicy(removalPolicy);
    this.bus.archive('Archive', {
      archiveName: `leadline-${stage.name}`,
      description: 'Thirty days of events, for replay',
      eventPattern: { source: serviceNames.map(busSource) },
      retention: Duration.days(archiveDays),
    });

    this.signingSecret = new secrets.Secret(this, 'SigningSecret', {
      secretName: `leadline-${stage.name}-signing`,
      description: 'Signs list cursors and hashes API keys',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    });
    acknowledge(this.signingSecret, {
      'AwsSolutions-SMG4':
        'API keys are stored as hashes made with this secret: rotating it by schedule would revoke every key of every customer at once.',
    });

    this.frontSecret = stage.front && this.#frontSecret(stage);
    this.alarmTopic = this.#alarmTopic(stage);
  }

  #frontSecret(stage: Stage): secrets.Secret {
    const secret = new secrets.Secret(this, 'FrontSecret', {
      secretName: `leadline-${stage.name}-front`,
      description: 'CloudFront sends it with each request; the functions serve nothing without it',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    acknowledge(secret, {
      'AwsSolutions-SMG4':
        'CloudFront learns a new value with a deployment only, so rotation is one (infra/README.md); two values are good meanwhile.',
    });
    return secret;
  }

  /** Encrypted with a key of its own, because CloudWatch may not use the key that AWS manages for SNS. */
  #alarmTopic(stage: Stage): sns.Topic {
    const cloudwatch = new iam.ServicePrincipal('cloudwatch.amazonaws.com');
    const key = new kms.Key(this, 'AlarmKey', {
      description: 'Encrypts alarms on their way to people',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.addToResourcePolicy(
      new iam.PolicyStatement({ principals: [cloudwatch], actions: ['kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'] }),
    );
    const topic = new sns.Topic(this, 'Alarms', {
      topicName: `leadline-${stage.name}-alarms`,
      displayName: `Leadline ${stage.name} alarms`,
      masterKey: key,
      enforceSSL: true,
    });
    topic.grantPublish(cloudwatch);
    return topic;
  }
}
