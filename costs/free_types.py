"""The types of resources that cost nothing, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Free:
    """A type that costs nothing, and why, with a page of AWS."""

    reason: str


# Why types cost nothing, and the page that says so or lists all that is billed.
_PART: Final = "Part of another resource, which is billed"
_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    f"{_PART} by request: https://aws.amazon.com/api-gateway/pricing/": (
        "aws:apigateway/account:Account",
        "aws:apigateway/apiKey:ApiKey",
        "aws:apigateway/basePathMapping:BasePathMapping",
        "aws:apigateway/deployment:Deployment",
        "aws:apigateway/domainName:DomainName",
        "aws:apigateway/integration:Integration",
        "aws:apigateway/integrationResponse:IntegrationResponse",
        "aws:apigateway/method:Method",
        "aws:apigateway/methodResponse:MethodResponse",
        "aws:apigateway/model:Model",
        "aws:apigateway/requestValidator:RequestValidator",
        "aws:apigateway/resource:Resource",
        "aws:apigateway/response:Response",
        "aws:apigateway/restApiPolicy:RestApiPolicy",
        "aws:apigateway/stage:Stage",
        "aws:apigateway/usagePlan:UsagePlan",
        "aws:apigateway/usagePlanKey:UsagePlanKey",
        "aws:apigatewayv2/apiMapping:ApiMapping",
        "aws:apigatewayv2/authorizer:Authorizer",
        "aws:apigatewayv2/domainName:DomainName",
        "aws:apigatewayv2/integration:Integration",
        "aws:apigatewayv2/route:Route",
    ),
    "A target without its policies: https://docs.aws.amazon.com/autoscaling/application/userguide/"
    "what-is-application-auto-scaling.html": ("aws:appautoscaling/target:Target",),
    f"{_PART} by request and GB: https://aws.amazon.com/cloudfront/pricing/": (
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    ),
    "A saved query; what a query scans is billed when it runs: "
    "https://aws.amazon.com/cloudwatch/pricing/": (
        "aws:cloudwatch/queryDefinition:QueryDefinition",
    ),
    "Security groups are free: https://aws.amazon.com/vpc/pricing/": (
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    ),
    "IAM is free: https://aws.amazon.com/iam/": (
        "aws:iam/role:Role",
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    ),
    "A name of a key: https://aws.amazon.com/kms/pricing/": ("aws:kms/alias:Alias",),
    "Part of a function, which is billed by invocation and duration: "
    "https://aws.amazon.com/lambda/pricing/": (
        "aws:lambda/alias:Alias",
        "aws:lambda/permission:Permission",
    ),
    "Queries of alias records that name AWS resources are free: "
    "https://aws.amazon.com/route53/pricing/": ("aws:route53/record:Record",),
    "Part of a bucket, which is billed by GB; CloudFront reads it seldom: "
    "https://aws.amazon.com/s3/pricing/": (
        "aws:s3/bucketObjectv2:BucketObjectv2",
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "aws:s3/bucketPolicy:BucketPolicy",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    ),
    "SES bills emails; its metrics are those of an AWS service: "
    "https://aws.amazon.com/ses/pricing/": (
        "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
        "aws:sesv2/emailIdentity:EmailIdentity",
    ),
    "Deliveries to SQS are free; those to receivers of alarms are billed when an alarm fires: "
    "https://aws.amazon.com/sns/pricing/": (
        "aws:sns/topicPolicy:TopicPolicy",
        "aws:sns/topicSubscription:TopicSubscription",
    ),
    "Part of a queue, which is billed by request: https://aws.amazon.com/sqs/pricing/": (
        "aws:sqs/queuePolicy:QueuePolicy",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
    ),
    "Part of a web ACL: https://aws.amazon.com/waf/pricing/": (
        "aws:wafv2/webAclAssociation:WebAclAssociation",
    ),
    "X-Ray bills traces: https://aws.amazon.com/xray/pricing/": (
        "aws:xray/samplingRule:SamplingRule",
    ),
}

FREE: Final = {kind: Free(reason) for reason, kinds in _TYPES.items() for kind in kinds}
