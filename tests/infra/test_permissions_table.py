"""The table of permissions equals the policies of every stack."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from tests.infra.support.combinations import EVERY, combined
from tests.infra.support.features import FULL, configuration, full, functions, stack
from tests.infra.support.graph import STACK_FILES, Graph, deployed, stack_of, token
from tests.infra.support.policies import statements
from tests.support.permissions import PERMISSIONS, SERVICES, RoleAction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.infra.support.graph import Resource
    from tests.infra.support.policies import Statement
    from tests.support.permissions import ServicePermission

# Parts of ARNs that differ between stacks or accounts.
_OWN = re.compile(r"(?<=/stream/).*|(?<=^key/).*|(?<=^secret:).*|(?<=^identity/).*")

# Encryption contexts that name a resource.
_CONTEXT = "kms:EncryptionContext:aws:"
_CONTEXT_KEYS = {"dynamodb:tableName", "sqs:arn", "sns:topicArn"}

_FILES = {stack_of(path): path for path in STACK_FILES}
_BARE = {"gateway": "rest", "traceSampling": "0", "rest": '{"accountRole":false}'}
_COMBINATIONS = {"-".join(each): each for each in EVERY}


@pytest.fixture(scope="module", params=[*_FILES, *_COMBINATIONS, *FULL, "bare"])
def graph(request: pytest.FixtureRequest) -> Graph:
    """Each stack file, and stacks with as many and as few permissions as possible."""
    if request.param in _FILES:
        return deployed(_FILES[request.param])
    if request.param in _COMBINATIONS:
        return combined(_COMBINATIONS[request.param])
    return full(request.param) if request.param in FULL else stack(_BARE)


def test_the_table_is_what_the_policies_say(graph: Graph) -> None:
    """Each role's policies allow the actions and resources of the table, and no others."""
    assert _granted(graph) == _expected(graph)


def test_every_permission_of_the_table_is_in_some_stack() -> None:
    """The table has no permission that no kind of stack has."""
    somewhere = {each for kind in FULL for each in _granted(full(kind))}
    assert {each for permission in PERMISSIONS for each in permission.role_actions()} == somewhere


@pytest.mark.parametrize("permission", SERVICES, ids=lambda permission: permission.use)
def test_every_service_permission_is_documented(permission: ServicePermission) -> None:
    """A permission that the emulator does not check names tests and AWS's documentation."""
    assert permission.tests
    assert permission.unchecked
    assert permission.source.startswith("https://docs.aws.amazon.com/")


def _granted(graph: Graph) -> set[RoleAction]:
    """Everything that the roles of the graph may do."""
    return {*_inline_policies(graph), *_managed_policies(graph)}


def _expected(graph: Graph) -> set[RoleAction]:
    """Everything that the table has for the roles of the graph."""
    config = configuration(graph)
    roles = {*functions(graph), "apigateway"}
    return {
        each
        for permission in PERMISSIONS
        if permission.when(config)
        for each in permission.role_actions()
        if each.role in roles
    }


def _inline_policies(graph: Graph) -> Iterator[RoleAction]:
    for policy in graph.all(aws.iam.RolePolicy):
        role = _role(graph, policy)
        for statement in statements(policy):
            for action in statement.actions:
                yield from (
                    RoleAction(role, action, resource) for resource in _resources(graph, statement)
                )


def _managed_policies(graph: Graph) -> Iterator[RoleAction]:
    for attachment in graph.resources:
        if attachment.type == token(aws.iam.RolePolicyAttachment):
            yield RoleAction(
                _role(graph, attachment), attachment["policyArn"].rpartition("/")[2], "*"
            )


def _role(graph: Graph, policy: Resource) -> str:
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
    """The last part of an ARN, without what differs between stacks."""
    return _OWN.sub("*", arn.split(":", 5)[-1].replace(graph.prefix, ""))


def _purpose(graph: Graph, condition: Mapping[str, Mapping[str, str]]) -> str:
    """For which resource of which service a key may be used."""
    context = {
        key.removeprefix(_CONTEXT): value
        for key, value in condition.get("StringEquals", {}).items()
    }
    uses = [
        f" for {key.split(':')[0]}:{_short(graph, value)}"
        for key, value in context.items()
        if key in _CONTEXT_KEYS
    ]
    return "".join(uses)
