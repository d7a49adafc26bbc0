"""Tags: project, environment, managed-by."""

from collections.abc import Iterator, Mapping
from typing import Final

from . import resource_types as types
from .resource import Resource, Unknown
from .rule import resource_rule

TAGS: Final = ("project", "environment", "managed-by")

# Taggable types that a system like this one may use. A test compares them with the provider's
# classes that `infra/` uses.
TAGGABLE: Final = (
    "aws:acm/certificate:Certificate",
    "aws:apigateway/apiKey:ApiKey",
    "aws:apigateway/domainName:DomainName",
    "aws:apigateway/restApi:RestApi",
    "aws:apigateway/usagePlan:UsagePlan",
    "aws:apigatewayv2/api:Api",
    "aws:apigatewayv2/domainName:DomainName",
    "aws:apigatewayv2/vpcLink:VpcLink",
    "aws:appautoscaling/target:Target",
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "aws:cloudwatch/eventBus:EventBus",
    "aws:cloudwatch/eventRule:EventRule",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:cognito/userPool:UserPool",
    "aws:ec2/eip:Eip",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/vpc:Vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:iam/policy:Policy",
    "aws:iam/user:User",
    "aws:kinesis/stream:Stream",
    "aws:route53/healthCheck:HealthCheck",
    "aws:route53/zone:Zone",
    "aws:scheduler/scheduleGroup:ScheduleGroup",
    "aws:secretsmanager/secret:Secret",
    "aws:sesv2/configurationSet:ConfigurationSet",
    "aws:sesv2/emailIdentity:EmailIdentity",
    "aws:sfn/stateMachine:StateMachine",
    "aws:ssm/parameter:Parameter",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:wafv2/webAcl:WebAcl",
    "aws:xray/samplingRule:SamplingRule",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    types.BUCKET,
    types.DEFAULT_SECURITY_GROUP,
    types.DISTRIBUTION,
    types.FUNCTION,
    types.HTTP_STAGE,
    types.INGRESS_RULE,
    types.KEY,
    types.LOG_GROUP,
    types.MAPPING,
    types.QUEUE,
    types.REST_STAGE,
    types.ROLE,
    types.SECURITY_GROUP,
    types.TABLE,
    types.TOPIC,
)


@resource_rule(*TAGGABLE)
def everything_tagged(resource: Resource) -> Iterator[str]:
    """Taggable resources have the tags `project`, `environment` and `managed-by`.

    They show the owner, in the bill as well.
    """
    tags = resource.get("tags")
    if isinstance(tags, Unknown):
        return
    if missing := [tag for tag in TAGS if not isinstance(tags, Mapping) or not tags.get(tag)]:
        yield f"has no tag {' and '.join(missing)}; add those of tag_resources in infra/naming.py"
