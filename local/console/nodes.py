"""The nodes of the graph: the deployed resources that orders, events and alarms pass."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from local.deployment.resources import Resource

# Kinds of nodes by Pulumi type. What is not here, such as a role, is no node.
_KINDS: Final = {
    "aws:apigatewayv2/api:Api": "http-api",
    "aws:apigateway/restApi:RestApi": "rest-api",
    "aws:lambda/function:Function": "function",
    "aws:dynamodb/table:Table": "table",
    "aws:sns/topic:Topic": "topic",
    "aws:sqs/queue:Queue": "queue",
    "aws:sesv2/configurationSet:ConfigurationSet": "ses",
    "aws:cloudfront/distribution:Distribution": "distribution",
    "aws:s3/bucket:Bucket": "bucket",
}
TITLES: Final = {
    "http-api": "HTTP API",
    "rest-api": "REST API",
    "function": "Lambda function",
    "table": "DynamoDB table",
    "stream": "DynamoDB stream",
    "topic": "SNS topic",
    "queue": "SQS queue",
    "dead-letters": "Dead-letter queue",
    "ses": "SES configuration set",
    "smtp": "SMTP server",
    "alarms": "CloudWatch alarms",
    "distribution": "CloudFront distribution",
    "bucket": "S3 bucket",
}
# For a narrow box.
SHORT_TITLES: Final = {
    **TITLES,
    "function": "Function",
    "table": "Table",
    "stream": "Stream",
    "topic": "Topic",
    "queue": "Queue",
    "dead-letters": "Dead letters",
    "ses": "SES",
    "smtp": "SMTP",
    "alarms": "CloudWatch",
    "distribution": "CloudFront",
    "bucket": "Bucket",
}
ALARMS: Final = "alarms/alarms"
_NAMES = ("name", "configurationSetName", "bucket", "comment")


@dataclass(frozen=True, kw_only=True)
class Node:
    """One resource; `attached_to` is the node in whose box it is drawn."""

    kind: str
    name: str
    arn: str
    resource: Resource | None = None
    attached_to: str | None = None

    @property
    def id(self) -> str:
        """What identifies it in the stack, as a path."""
        return f"{self.kind}/{self.name}"

    @property
    def title(self) -> str:
        """The kind in words."""
        return TITLES[self.kind]

    @property
    def resource_id(self) -> str:
        """The resource's physical ID, such as a queue's URL."""
        return self.resource.id if self.resource else ""


def nodes_of(resources: Sequence[Resource], prefix: str) -> Iterator[Node]:
    """Yield the nodes of resources, whose names leave out a prefix."""
    dead_letters = {arn for each in resources for arn in _dead_letter_arns(each)}
    for resource in resources:
        kind = _KINDS.get(resource.kind)
        if kind is None:
            continue
        arn, name = resource.outputs["arn"], _name(resource).removeprefix(prefix)
        if arn in dead_letters:
            kind, name = "dead-letters", name.removesuffix("-dead-letters")
        yield Node(kind=kind, name=name, arn=arn, resource=resource)
        if stream := resource.outputs.get("streamArn"):
            yield Node(kind="stream", name=name, arn=stream, resource=resource)
    alarms = [each for each in resources if each.kind == "aws:cloudwatch/metricAlarm:MetricAlarm"]
    if alarms:
        yield Node(kind="alarms", name="alarms", arn="")


def _name(resource: Resource) -> str:
    return next(filter(None, (resource.inputs.get(name) for name in _NAMES)), resource.id)


def smtp_servers(resources: Iterable[Resource]) -> Iterator[Node]:
    """Yield the SMTP servers that functions are configured for: no resources, but targets."""
    hosts = {variables(each).get("SMTP_HOST") for each in resources}
    yield from (Node(kind="smtp", name=host, arn="") for host in sorted(filter(None, hosts)))


def _dead_letter_arns(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    if policy := inputs.get("redrivePolicy"):
        yield json.loads(policy)["deadLetterTargetArn"]
    yield from failure_destinations(inputs)


def failure_destinations(inputs: dict[str, Any]) -> Iterator[str]:
    """Yield the ARN of an event source mapping's on-failure destination."""
    if failure := inputs.get("destinationConfig", {}).get("onFailure"):
        yield failure["destinationArn"]


def variables(resource: Resource | None) -> dict[str, str]:
    """Return a function's environment variables."""
    environment = (resource.inputs.get("environment") or {}) if resource else {}
    return environment.get("variables") or {}


def as_list(value: Any) -> list[Any]:
    """Return a policy's value, which may be one or a list, as a list."""
    return value if isinstance(value, list) else [value]
