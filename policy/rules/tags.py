"""Who owns a resource can be read on it, and on the bill."""

from collections.abc import Iterator, Mapping
from typing import Final

from . import kinds
from .resource import Resource, Unknown
from .rule import resource_rule

TAGS: Final = ("project", "environment", "managed-by")

# What AWS can tag, as far as a system like this one may come to use it. A type alone does not tell; a test asks the
# provider's classes about everything that `infra/` names.
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
    "aws:cloudfront/distribution:Distribution",
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
    kinds.BUCKET,
    kinds.DEFAULT_SECURITY_GROUP,
    kinds.FUNCTION,
    kinds.HTTP_STAGE,
    kinds.INGRESS_RULE,
    kinds.KEY,
    kinds.LOG_GROUP,
    kinds.MAPPING,
    kinds.QUEUE,
    kinds.REST_STAGE,
    kinds.ROLE,
    kinds.SECURITY_GROUP,
    kinds.TABLE,
    kinds.TOPIC,
)


@resource_rule(*TAGGABLE)
def everything_tagged(resource: Resource) -> Iterator[str]:
    """What can be tagged tells its project, its environment and what manages it."""
    tags = resource.at("tags")
    if isinstance(tags, Unknown):
        return
    given = tags if isinstance(tags, Mapping) else {}
    if missing := [tag for tag in TAGS if not given.get(tag)]:
        yield f"is not tagged with {' and '.join(missing)}; add to tags what tag_everything of infra/naming.py gives"
