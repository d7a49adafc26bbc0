"""Costs that the sum excludes: what a stack uses and does not own, and what is not calculated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from costs import prices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costs.graph import Graph

_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_KEY: Final = "aws:kms/key:Key"
_RECORD: Final = "aws:route53/record:Record"
_SUBSCRIPTION: Final = "aws:sns/topicSubscription:TopicSubscription"


def exclusions(graph: Graph) -> Iterator[str]:
    """Yield a sentence about each cost that the sum of a stack excludes."""
    functions = graph.functions.values()
    if any(each.text("environment", "variables", "SMTP_SECRET_ARN") for each in functions):
        yield (
            "the SMTP server, and its secret in Secrets Manager, "
            f"{prices.SECRET.usd:.2f} USD a month."
        )
    if graph.of(_RECORD):
        yield f"the hosted zone of the domain name, {prices.HOSTED_ZONE.usd:.2f} USD a month."
    if any("vpcConfig" in each.inputs for each in functions) and not graph.of(_ENDPOINT):
        yield "the NAT gateway or the endpoints of the VPC, which the stack uses and does not own."
    if any(key.inputs.get("enableKeyRotation") is True for key in graph.of(_KEY)):
        yield "rotations of the key: the first two, a year apart, cost as much as the key each."
    if any(each.text("protocol") == "sms" for each in graph.of(_SUBSCRIPTION)):
        yield "text messages, which SNS bills by country when an alarm fires."
    yield "requests that store nothing (lookups, refused orders), failures and cold starts, tax."
