"""Actions and resources of all policies, compared with the service authorization reference."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pulumi_aws as aws
import pytest

from tests.infra.support.features import FULL, full
from tests.infra.support.graph import STACK_FILES, deployed
from tests.infra.support.policies import statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.support.graph import Graph

# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
# An action without a resource type takes "*" alone, and an ARN grants nothing for it.
_TABLE: Final = ("dynamodb", r"table/[^/:]+")
_INDEX: Final = ("dynamodb", r"table/[^/:]+/index/[^/:]+")
_STREAM: Final = ("dynamodb", r"table/[^/:]+/stream/.+")
_QUEUE: Final = ("sqs", r"[^/:]+")
_TOPIC: Final = ("sns", r"[^/:]+")
_IDENTITY: Final = ("ses", r"identity/.+")
_CONFIGURATION_SET: Final = ("ses", r"configuration-set/.+")
_TEMPLATE: Final = ("ses", r"template/.+")
_LOG_STREAM: Final = ("logs", r"log-group:[^:]+:log-stream:.+")
_SECRET: Final = ("secretsmanager", r"secret:.+")
_KEY: Final = ("kms", r"key/.+")
# Interfaces, subnets and security groups together, which one request names.
_INTERFACE: Final = ("ec2", r"\*/\*|(network-interface|subnet|security-group)/.+")

_Types = tuple[tuple[str, str], ...]
_NONE: Final[_Types] = ()

_RESOURCE_TYPES: Final[dict[str, _Types]] = {
    "dynamodb:DeleteItem": (_TABLE,),
    "dynamodb:DescribeStream": (_STREAM,),
    "dynamodb:GetItem": (_TABLE,),
    "dynamodb:GetRecords": (_STREAM,),
    "dynamodb:GetShardIterator": (_STREAM,),
    "dynamodb:ListStreams": _NONE,
    "dynamodb:PartiQLInsert": (_TABLE,),
    "dynamodb:PutItem": (_TABLE,),
    "dynamodb:Query": (_TABLE, _INDEX),
    "dynamodb:UpdateItem": (_TABLE,),
    "ec2:AssignPrivateIpAddresses": (_INTERFACE,),
    "ec2:CreateNetworkInterface": (_INTERFACE,),
    "ec2:DeleteNetworkInterface": (_INTERFACE,),
    "ec2:DescribeNetworkInterfaces": _NONE,
    "ec2:DescribeSubnets": _NONE,
    "ec2:UnassignPrivateIpAddresses": (_INTERFACE,),
    "kms:Decrypt": (_KEY,),
    "kms:GenerateDataKey": (_KEY,),
    "logs:CreateLogStream": (_LOG_STREAM,),
    "logs:PutLogEvents": (_LOG_STREAM,),
    "secretsmanager:GetSecretValue": (_SECRET,),
    "ses:SendEmail": (_IDENTITY, _CONFIGURATION_SET, _TEMPLATE),
    "sns:Publish": (_TOPIC,),
    "sqs:DeleteMessage": (_QUEUE,),
    "sqs:GetQueueAttributes": (_QUEUE,),
    "sqs:ReceiveMessage": (_QUEUE,),
    "sqs:SendMessage": (_QUEUE,),
    "xray:PutTelemetryRecords": _NONE,
    "xray:PutTraceSegments": _NONE,
}


def _grants(action: str, resource: str) -> bool:
    """Whether an action has a resource type that matches; "*" if it has none."""
    types = _RESOURCE_TYPES[action]
    if not types:
        return resource == "*"
    return any(
        re.fullmatch(rf"arn:aws[a-z-]*:{service}:[^:]*:\d*:({path})", resource)
        for service, path in types
    )


def _pairs(graph: Graph) -> Iterator[tuple[str, str]]:
    """Every action with every resource that a role's policy allows it for."""
    for policy in graph.all(aws.iam.RolePolicy):
        for statement in statements(policy):
            yield from (
                (action, resource)
                for action in statement.actions
                for resource in statement.resources
            )


def _graphs() -> Iterator[Graph]:
    yield from map(deployed, STACK_FILES)
    yield from map(full, FULL)


@pytest.fixture(scope="module")
def pairs() -> set[tuple[str, str]]:
    """The pairs of every kind of stack."""
    return {pair for graph in _graphs() for pair in _pairs(graph)}


def test_every_action_is_allowed_for_a_resource_that_it_has(pairs: set[tuple[str, str]]) -> None:
    """Every action has a resource type that matches the policy's resource."""
    unknown = {action for action, _ in pairs} - _RESOURCE_TYPES.keys()
    assert not unknown, f"look these up in the service authorization reference: {unknown}"
    assert [pair for pair in sorted(pairs) if not _grants(*pair)] == []


def test_the_table_has_no_other_actions(pairs: set[tuple[str, str]]) -> None:
    """The table lists what policies allow, and nothing that they no longer do."""
    assert _RESOURCE_TYPES.keys() == {action for action, _ in pairs}


@pytest.mark.parametrize(
    ("action", "resource", "granted"),
    [
        ("dynamodb:ListStreams", "*", True),
        (
            "dynamodb:ListStreams",
            "arn:aws:dynamodb:us-east-1:123456789012:table/o/stream/2026",
            False,
        ),
        ("dynamodb:GetRecords", "*", False),
        ("dynamodb:GetRecords", "arn:aws:dynamodb:us-east-1:123456789012:table/o", False),
        (
            "dynamodb:GetRecords",
            "arn:aws:dynamodb:us-east-1:123456789012:table/o/stream/2026",
            True,
        ),
        ("dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:123456789012:table/o/index/i", False),
        ("ec2:DescribeSubnets", "arn:aws:ec2:us-east-1:123456789012:*/*", False),
        ("sns:Publish", "arn:aws:sqs:us-east-1:123456789012:q", False),
        ("xray:PutTraceSegments", "arn:aws:xray:us-east-1:123456789012:group/g", False),
    ],
)
def test_resource_types_are_distinguished(action: str, resource: str, *, granted: bool) -> None:
    """An ARN of another type grants nothing; "*" is for actions without resource types."""
    assert _grants(action, resource) is granted
