"""Actions and resources of all policies, compared with the service authorization reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from tests.infra.support.features import FULL, full
from tests.infra.support.graph import STACK_FILES, deployed
from tests.infra.support.policies import statements
from tests.infra.support.service_authorization import RESOURCE_TYPES, grants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.support.graph import Graph


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
    unknown = {action for action, _ in pairs} - RESOURCE_TYPES.keys()
    assert not unknown, f"look these up in the service authorization reference: {unknown}"
    assert [pair for pair in sorted(pairs) if not grants(*pair)] == []


def test_the_table_has_no_other_actions(pairs: set[tuple[str, str]]) -> None:
    """The table lists what policies allow, and nothing that they no longer do."""
    assert RESOURCE_TYPES.keys() == {action for action, _ in pairs}


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
def test_the_check_tells_types_apart(action: str, resource: str, granted: bool) -> None:  # noqa: FBT001 - of the table
    """An ARN of another type grants nothing; "*" is for actions without resource types."""
    assert grants(action, resource) is granted
