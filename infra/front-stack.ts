import {
  type aws_apigatewayv2 as apigateway,
  CfnOutput,
  aws_certificatemanager as certificates,
  aws_cloudfront as cloudfront,
  aws_cloudfront_origins as origins,
  SecretValue,
  Stack,
  type StackProps,
  type aws_secretsmanager as secrets,
} from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { frontHeaders } from '#runtime/front.ts';
import { acknowledge } from './constructs/acknowledge.ts';

/** The API's own name in the world. */
export interface CustomDomain {
  readonly domainName: string;
  /** Of ACM, in us-east-1. */
  readonly certificateArn: string;
}

export interface FrontStackProps extends StackProps {
  readonly stageName: string;
  readonly api: apigateway.HttpApi;
  readonly webAclArn: string;
  readonly secret: secrets.ISecret;
  /** Version of the secret that is sent; the present one at the first deployment unless told. CloudFormation reads it again only when this changes. */
  readonly secretVersion: string | undefined;
  readonly domain: CustomDomain | undefined;
}

// Runs at CloudFront's edge (https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html). The
// API must be asked by its own host, so the caller's goes beside; so does the caller's address, which CloudFront gives to no other policy of headers
// that leaves the host out.
const sayWhoAsks = `function handler(event) {
  var request = event.request;
  request.headers['${frontHeaders.viewer}'] = { value: event.viewer.ip };
  request.headers['${frontHeaders.host}'] = { value: request.headers.host.value };
  return request;
}
`;

/** CloudFront before the HTTP API: the only way in, since the functions ask for the secret that it adds. */
export class FrontStack extends Stack {
  constructor(scope: Construct, id: string, props: FrontStackProps) {
    const { stageName, api, webAclArn, secret, secretVersion, domain, ...stackProps } = props;
    super(scope, id, { description: 'CloudFront with the firewall, before the HTTP API', ...stackProps });

    const says = new cloudfront.Function(this, 'WhoAsks', {
      functionName: `leadline-${stageName}-who-asks`,
      comment: 'Says the address and the host of the caller',
      runtime: cloudfront.FunctionRuntime.JS_2_0,
      code: cloudfront.FunctionCode.fromInline(sayWhoAsks),
    });
    // CloudFormation resolves the secret when it deploys; no template, no change set and no log of it holds the value.
    const value = SecretValue.secretsManager(secret.secretArn, secretVersion === undefined ? {} : { versionId: secretVersion });
    const origin = new origins.HttpOrigin(`${api.apiId}.execute-api.${this.region}.${this.urlSuffix}`, {
      protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
      customHeaders: { [frontHeaders.secret]: value.unsafeUnwrap() },
    });
    const behavior = (viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy): cloudfront.BehaviorOptions => ({
      origin,
      viewerProtocolPolicy,
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      functionAssociations: [{ function: says, eventType: cloudfront.FunctionEventType.VIEWER_REQUEST }],
    });
    const distribution = new cloudfront.Distribution(this, 'Distribution', {
      comment: `leadline-${stageName}`,
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      defaultBehavior: behavior(cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS),
      // A key that was sent in the clear must not be made to work by a redirection.
      additionalBehaviors: { '/v1/*': behavior(cloudfront.ViewerProtocolPolicy.HTTPS_ONLY) },
      webAclId: webAclArn,
      ...(domain && {
        domainNames: [domain.domainName],
        certificate: certificates.Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
        minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
    });
    acknowledge(distribution, {
      'AwsSolutions-CFR1': 'Leads come from everywhere.',
      'AwsSolutions-CFR3':
        'Its access logs hold addresses and queries, e-mail addresses among them; the API logs each access without either, and the firewall counts.',
      ...(domain === undefined && {
        'AwsSolutions-CFR4': 'The name that CloudFront gives comes with a policy of its own; a domain (-c domainName=) asks for TLS 1.2.',
      }),
    });
    new CfnOutput(this, 'Url', { value: `https://${domain?.domainName ?? distribution.distributionDomainName}` });
    new CfnOutput(this, 'DistributionDomainName', { value: distribution.distributionDomainName });
  }
}
