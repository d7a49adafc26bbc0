"""Least privilege: what each role may do, to which resource."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from tests.infra.support.combinations import EVERY, Combination, combined
from tests.infra.support.expectations import packages
from tests.infra.support.graph import (
    SMTP_SECRET,
    STACK_FILES,
    Graph,
    Resource,
    deployed,
    stack_of,
    token,
)
from tests.infra.support.mock_responses import ACCOUNT
from tests.infra.support.policies import Statement, permissions
from tests.support.stacks import DOMAIN

if TYPE_CHECKING:
    from pathlib import Path

_TRACE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}

# What API Gateway demands before it takes a role for its logs.
_GATEWAY_LOGS = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


def _named(of: Path | Combination) -> str:
    return "-".join(of) if isinstance(of, Combination) else stack_of(of)


@pytest.fixture(scope="module", params=[*STACK_FILES, *EVERY], ids=_named)
def graph(request: pytest.FixtureRequest) -> Graph:
    """Each stack, and each kind of stack."""
    of: Path | Combination = request.param
    return combined(of) if isinstance(of, Combination) else deployed(of)


def _function(graph: Graph, package: str) -> Resource:
    return graph.named(aws.lambda_.Function, package)


def _role(graph: Graph, package: str) -> str:
    return str(graph.by_arn(_function(graph, package)["role"])["name"])


def _every_permission(graph: Graph) -> list[Statement]:
    roles = sorted({policy["role"] for policy in graph.all(aws.iam.RolePolicy)})
    return [permission for role in roles for permission in permissions(graph, role)]


def _beyond_observing(graph: Graph, package: str) -> list[Statement]:
    """A function's permissions without logs, traces and keys."""
    matches = permissions(graph, _role(graph, package))
    return [
        permission
        for permission in matches
        if not permission.actions <= _TRACE | _LOG and not _about_keys(permission)
    ]


def _about_keys(permission: Statement) -> bool:
    return all(action.startswith("kms:") for action in permission.actions)


def test_every_function_has_a_role_of_its_own(graph: Graph) -> None:
    """Every function has a role of its own; the only other role is API Gateway's."""
    used = [function["role"] for function in graph.all(aws.lambda_.Function)]
    assert len(used) == len(set(used))
    for role in graph.all(aws.iam.Role):
        (statement,) = role.document("assumeRolePolicy")["Statement"]
        assert (statement["Effect"], statement["Action"]) == ("Allow", "sts:AssumeRole")
        service = "lambda" if role.arn in used else "apigateway"
        assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}, role


def test_no_role_has_a_managed_policy(graph: Graph) -> None:
    """No role has a managed policy, except the one with which API Gateway writes logs."""
    assert token(aws.iam.PolicyAttachment) not in {resource.type for resource in graph.resources}
    attached = [r for r in graph.resources if r.type == token(aws.iam.RolePolicyAttachment)]
    assert [each["policyArn"] for each in attached] == [_GATEWAY_LOGS] * len(attached)
    functions = {_role(graph, package) for package in packages(graph)}
    assert not functions & {each["role"] for each in attached}
    for role in graph.all(aws.iam.Role):
        assert not role.inputs.keys() & {"managedPolicyArns", "inlinePolicies"}, role


def test_policies_only_allow_named_actions(graph: Graph) -> None:
    """No policy has a wildcard in an action, or `NotAction`."""
    for permission in _every_permission(graph):
        assert permission.effect == "Allow"
        assert not any("*" in action or "?" in action for action in permission.actions), permission


def test_policies_only_name_resources_of_the_stack(graph: Graph) -> None:
    """Policies name resources of the stack; SES identities are limited to the stack's sender."""
    region = graph.stackfile.config["aws:region"]
    for permission in _every_permission(graph):
        assert permission.resources, permission
        for resource in permission.resources:
            if resource == "*":
                assert permission.actions <= _TRACE or permission.actions == {
                    "dynamodb:ListStreams"
                }, permission
            elif resource == f"arn:aws:ses:{region}:{ACCOUNT}:identity/*":
                assert permission.actions == {"ses:SendEmail"}, permission
                assert permission.condition == {
                    "StringEquals": {"ses:FromAddress": graph.config("emailFrom")}
                }, permission
            else:
                assert _is_of(graph, resource), f"{resource} is not of this stack"


def _is_of(graph: Graph, resource: str) -> bool:
    """Whether it is an ARN of the graph or below one, such as the streams of a log group."""
    within = any(resource.startswith((f"{arn}:", f"{arn}/")) for arn in graph.arns)
    return resource in graph.arns or (within and resource.count("*") <= 1)


def test_nobody_changes_the_audit_trail(graph: Graph) -> None:
    """The audit table is append-only: the audit function's role may insert, none may do more."""
    table = graph.named(aws.dynamodb.Table, "audit-logs")
    for package in packages(graph):
        touching = [
            r
            for r in _beyond_observing(graph, package)
            if any(a.startswith(table.arn) for a in r.resources)
        ]
        assert [permission.actions for permission in touching] == (
            [{"dynamodb:PartiQLInsert"}] if package == "audit" else []
        )
    assert token(aws.dynamodb.ResourcePolicy) not in {resource.type for resource in graph.resources}


def test_with_smtp_the_email_role_reads_one_secret(customised: Graph) -> None:
    """With SMTP the email function may read the configured secret, and not send through SES."""
    matches = [
        permission
        for permission in _beyond_observing(customised, "email")
        if not permission.resources <= customised.arns
    ]
    assert [(permission.actions, permission.resources) for permission in matches] == [
        ({"secretsmanager:GetSecretValue"}, {SMTP_SECRET})
    ]
    assert not any("ses:" in policy["policy"] for policy in customised.all(aws.iam.RolePolicy))


def test_with_smtp_the_email_function_has_the_server(customised: Graph) -> None:
    """With SMTP the email function's variables have server, port and the secret's ARN."""
    variables = _function(customised, "email")["environment"]["variables"]
    assert {
        key: value for key, value in variables.items() if key.startswith(("EMAIL", "SMTP"))
    } == {
        "EMAIL_TRANSPORT": "smtp",
        "EMAIL_FROM": customised.config("emailFrom"),
        "SMTP_HOST": f"smtp.{DOMAIN}",
        "SMTP_PORT": "465",
        "SMTP_SECRET_ARN": SMTP_SECRET,
    }


def test_the_rest_of_the_stack_does_not_know_the_secret(customised: Graph) -> None:
    """With SMTP nothing but the email function and its policy mentions the secret."""
    mentioning = {
        resource.name
        for resource in customised.resources
        if SMTP_SECRET in json.dumps(resource.inputs)
    }
    assert mentioning == {
        "confirmation-email-email-function",
        "confirmation-email-email-send-emails",
    }
