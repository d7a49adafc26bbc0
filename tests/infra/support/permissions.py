"""The permissions in a graph's policies, and those that the table expects there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pulumi_aws as aws

from tests.infra.support.features import configuration, functions
from tests.infra.support.graph import token
from tests.infra.support.policies import statements
from tests.support.permissions import PERMISSIONS, RoleAction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.infra.support.graph import Graph, Resource
    from tests.infra.support.policies import Statement

# What is another in every stack, or every account.
_OWN = re.compile(r"(?<=/stream/).*|(?<=^key/).*|(?<=^secret:).*|(?<=^identity/).*")

# What tells for which resource a service uses a key, less its common beginning.
_CONTEXT = "kms:EncryptionContext:aws:"
_TELLING = {"dynamodb:tableName", "sqs:arn", "sns:topicArn"}


def held(graph: Graph) -> set[RoleAction]:
    """Everything that a role of the graph may do."""
    return {*_written(graph), *_attached(graph)}


def expected(graph: Graph) -> set[RoleAction]:
    """Everything that the table says of the roles that the graph has."""
    config = configuration(graph)
    roles = {*functions(graph), "apigateway"}
    return {
        each
        for permission in PERMISSIONS
        if permission.when(config)
        for each in permission.role_actions()
        if each.role in roles
    }


def _written(graph: Graph) -> Iterator[RoleAction]:
    for policy in graph.all(aws.iam.RolePolicy):
        holder = _holder(graph, policy)
        for statement in statements(policy):
            for action in statement.actions:
                yield from (
                    RoleAction(holder, action, resource)
                    for resource in _resources(graph, statement)
                )


def _attached(graph: Graph) -> Iterator[RoleAction]:
    for attachment in graph.resources:
        if attachment.type == token(aws.iam.RolePolicyAttachment):
            yield RoleAction(
                _holder(graph, attachment), attachment["policyArn"].rpartition("/")[2], "*"
            )


def _holder(graph: Graph, policy: Resource) -> str:
    """The package of the function with the role, or the service that may assume it."""
    (role,) = (role for role in graph.all(aws.iam.Role) if role["name"] == policy["role"])
    packages = [
        package for package, function in functions(graph).items() if function["role"] == role.arn
    ]
    (trust,) = role.document("assumeRolePolicy")["Statement"]
    service = str(trust["Principal"]["Service"]).removesuffix(".amazonaws.com")
    return packages[0] if packages else service


def _resources(graph: Graph, statement: Statement) -> set[str]:
    purpose = _purpose(graph, statement.condition or {})
    return {_short(graph, resource) + purpose for resource in statement.resources}


def _short(graph: Graph, arn: str) -> str:
    """The last part of an ARN, with nothing in it that is another in every stack."""
    return _OWN.sub("*", arn.split(":", 5)[-1].replace(graph.prefix, ""))


def _purpose(graph: Graph, condition: Mapping[str, Mapping[str, str]]) -> str:
    """For which resource of which service a key may be used."""
    context = {
        key.removeprefix(_CONTEXT): value
        for key, value in condition.get("StringEquals", {}).items()
    }
    told = [
        f" for {key.split(':')[0]}:{_short(graph, value)}"
        for key, value in context.items()
        if key in _TELLING
    ]
    return "".join(told)
