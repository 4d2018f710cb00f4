import { CfnOutput, Stack, type StackProps, aws_wafv2 as waf } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Front } from './stages.ts';

export interface FirewallStackProps extends StackProps {
  readonly stageName: string;
  readonly front: Front;
  /** AWS's list of automated callers, which costs extra. */
  readonly botControl: boolean;
}

/** Where CloudFront's firewalls must be (https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html). */
export const firewallRegion = 'us-east-1';

interface ManagedGroup {
  readonly name: string;
  /** Rules that only count, because what they refuse is what honest callers send. */
  readonly counted?: readonly string[];
}

const managedGroups: readonly ManagedGroup[] = [
  { name: 'AWSManagedRulesAmazonIpReputationList' },
  { name: 'AWSManagedRulesKnownBadInputsRuleSet' },
  {
    name: 'AWSManagedRulesCommonRuleSet',
    counted: [
      // It refuses bodies over 8 KB; the contract takes 1 MiB, and imports of 4 MiB.
      'SizeRestrictions_BODY',
      // People write of links and markup in the messages of forms. Here they are text: kept as it came, escaped where it is shown.
      'CrossSiteScripting_BODY',
      'GenericRFI_BODY',
      'GenericLFI_BODY',
      // Their tracking parameters come with the links to hosted forms.
      'GenericRFI_QUERYARGUMENTS',
      'SizeRestrictions_QUERYSTRING',
      // Webhooks of automations often come without one.
      'NoUserAgent_HEADER',
    ],
  },
];

// What calls an API is automated by its nature; what is refused is what AWS knows to be hostile or cannot verify to be what it says it is.
const botControlGroup: ManagedGroup = {
  name: 'AWSManagedRulesBotControlRuleSet',
  counted: ['CategoryHttpLibrary', 'SignalNonBrowserUserAgent'],
};

const tooMany = 'too-many-requests';

/** A WAF web ACL for CloudFront: one address's flood, AWS's lists of bad addresses and bad inputs. It keeps no log: that would hold addresses and queries. */
export class FirewallStack extends Stack {
  readonly webAcl: waf.CfnWebACL;

  constructor(scope: Construct, id: string, { stageName, front, botControl, ...props }: FirewallStackProps) {
    super(scope, id, { description: 'The firewall of CloudFront, which AWS wants in us-east-1', ...props });
    const visible = (metricName: string): waf.CfnWebACL.VisibilityConfigProperty => ({
      metricName,
      cloudWatchMetricsEnabled: true,
      sampledRequestsEnabled: false,
    });
    const managed = ({ name, counted = [] }: ManagedGroup, index: number): waf.CfnWebACL.RuleProperty => ({
      name,
      priority: index + 1,
      overrideAction: { none: {} },
      statement: {
        managedRuleGroupStatement: {
          vendorName: 'AWS',
          name,
          ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
          ...(name === botControlGroup.name
            ? { managedRuleGroupConfigs: [{ awsManagedRulesBotControlRuleSet: { inspectionLevel: 'COMMON' } }] }
            : {}),
        },
      },
      visibilityConfig: visible(name),
    });
    const flood: waf.CfnWebACL.RuleProperty = {
      name: 'FloodOfOneAddress',
      priority: 0,
      action: {
        block: {
          customResponse: {
            responseCode: 429,
            customResponseBodyKey: tooMany,
            responseHeaders: [{ name: 'retry-after', value: '60' }],
          },
        },
      },
      statement: { rateBasedStatement: { aggregateKeyType: 'IP', evaluationWindowSec: 60, limit: front.requestsPerMinute } },
      visibilityConfig: visible('FloodOfOneAddress'),
    };
    this.webAcl = new waf.CfnWebACL(this, 'Firewall', {
      name: `leadline-${stageName}`,
      description: 'In front of the API of Leadline',
      scope: 'CLOUDFRONT',
      defaultAction: { allow: {} },
      rules: [flood, ...[...managedGroups, ...(botControl ? [botControlGroup] : [])].map(managed)],
      customResponseBodies: {
        [tooMany]: {
          contentType: 'APPLICATION_JSON',
          content: JSON.stringify({
            type: '/problems/too-many-requests',
            title: 'Too many requests',
            status: 429,
            detail: `More than ${front.requestsPerMinute} requests a minute came from this address.`,
          }),
        },
      },
      visibilityConfig: visible(`leadline-${stageName}`),
    });
    new CfnOutput(this, 'WebAcl', { value: this.webAcl.attrArn });
  }
}
