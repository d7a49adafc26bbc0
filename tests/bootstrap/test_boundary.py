"""The permissions boundary: what the functions' roles need, and nothing of other stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from bootstrap.permissions import boundary_document
from bootstrap.permissions.boundary import BOUNDARY
from tests.bootstrap.support import PROJECT, REGION, allows, scope
from tests.infra.support.features import FULL, full
from tests.infra.support.graph import SMTP_SECRET, STACK_FILES, deployed, record, settings
from tests.infra.support.mock_responses import ACCOUNT
from tests.infra.support.policies import statements
from tests.support.stacks import EXAMPLES, SHIPPED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.support.graph import Graph
    from tests.infra.support.policies import Statement

# What AmazonAPIGatewayPushToCloudWatchLogs allows and the boundary does not: to read logs.
# https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonAPIGatewayPushToCloudWatchLogs.html
_API_GATEWAY = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
)


def _graphs() -> Iterator[Graph]:
    yield from map(deployed, STACK_FILES)
    yield from map(full, FULL)


def _allowed(graph: Graph) -> Iterator[Statement]:
    for policy in graph.all(aws.iam.RolePolicy):
        yield from statements(policy)


def test_the_boundary_allows_what_roles_need() -> None:
    """Everything that a role's policies allow is within the boundary of its stack."""
    for graph in _graphs():
        region = graph.stackfile.config.get("aws:region", "us-east-1")
        own = scope(
            graph.stackfile.stack, regions=[region], home_region=region, secret_arns=[SMTP_SECRET]
        )
        boundary = boundary_document(own)
        for statement in _allowed(graph):
            context = {
                key: value if isinstance(value, str) else value[0]
                for operator, keys in (statement.condition or {}).items()
                if operator != "Null"
                for key, value in keys.items()
            }
            for action in statement.actions:
                for resource in statement.resources:
                    allowed = allows([boundary], action, resource, context, region=region)
                    assert allowed, (graph.stackfile.stack, action, resource, context)


def test_the_boundary_allows_nothing_else() -> None:
    """Every action of the boundary is one that a role's policy allows, or API Gateway's logs."""
    used = {action for graph in _graphs() for each in _allowed(graph) for action in each.actions}
    bounded = {action for grant in BOUNDARY for action in grant.write}
    assert bounded - used == set(_API_GATEWAY) - used
    assert set(_API_GATEWAY) <= bounded


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{PROJECT}-prod-orders"),
        ("sqs:ReceiveMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{PROJECT}-prod-email"),
        ("sns:Publish", f"arn:aws:sns:{REGION}:{ACCOUNT}:{PROJECT}-prod-order-events"),
        ("secretsmanager:GetSecretValue", SMTP_SECRET),
        ("iam:PutRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/{PROJECT}-dev-orders-{REGION}"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{PROJECT}-prod-orders-{REGION}"),
        ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:x"),
        ("logs:FilterLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/x"),
        ("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234"),
        ("ec2:CreateNetworkInterface", f"arn:aws:ec2:{REGION}:{ACCOUNT}:subnet/subnet-1"),
    ],
)
def test_a_bounded_role_reaches_no_other_stack(action: str, resource: str) -> None:
    """Whatever its policies say, a function of `dev` cannot reach data or roles of others."""
    function = {"lambda:SourceFunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:x"}
    assert not allows([boundary_document(scope("dev"))], action, resource, function)


def test_every_role_of_a_stack_has_the_boundary() -> None:
    """With the configuration key, each role has it; without, none has one."""
    arn = f"arn:aws:iam::{ACCOUNT}:policy/github-{PROJECT}-x-boundary"
    for file in (EXAMPLES["queue-first"], SHIPPED["prod"]):
        for graph, value in (
            (deployed(file), None),
            (record(settings(file, permissionsBoundary=arn)), arn),
        ):
            roles = graph.all(aws.iam.Role)
            assert {role.inputs.get("permissionsBoundary") for role in roles} == {value}
