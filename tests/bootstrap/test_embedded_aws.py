"""Deployments to the embedded AWS with the credentials of a deploy role.

The local adapters call what the provider calls, with few exceptions; only a deployment to AWS shows
what the provider calls (docs/first-deployment.md).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from local.deployment import overrides
from local.deployment.deployer import target_of, update
from local.deployment.engine import Deployer
from local.deployment.record import Record
from local.emulator.emulator import Emulator
from tests.bootstrap.support.deploy_role import DeployRole
from tests.e2e.support.stack import LocalStack
from tests.e2e.support.variants import FOR_THE_TESTS, texts
from tests.support.stacks import EXAMPLES, SHIPPED, load

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tooling.stackfile import StackFile

_NO_RESOURCE = "the emulator checks it with the resource `*`"
_NO_BOUNDARY = "the emulator has no condition key iam:PermissionsBoundary"
_NO_TAGS = "the emulator does not know the tags of a distribution"
_PLAIN_HTTP = "the bucket's policy refuses plain HTTP, which the emulator speaks; root is exempt"
_SENDER = "local deployments create the sender's identity, which on AWS its owner does"

# Requests that the emulator refuses, unlike AWS, or that the provider does not make.
_DIFFERENCES = {
    "cloudfront:CreateDistributionWithTags": "on AWS the action is cloudfront:CreateDistribution",
    "cloudfront:DeleteDistribution": _NO_TAGS,
    "cloudfront:DeleteOriginAccessControl": _NO_RESOURCE,
    "cloudfront:DeleteResponseHeadersPolicy": _NO_RESOURCE,
    "cloudfront:UpdateDistribution": _NO_TAGS,
    "cloudwatch:DeleteAlarms": _NO_RESOURCE,
    "cloudwatch:DeleteDashboards": _NO_RESOURCE,
    "cloudwatch:PutDashboard": _NO_RESOURCE,
    "iam:AttachRolePolicy": _NO_BOUNDARY,
    "iam:CreateRole": _NO_BOUNDARY,
    "iam:PutRolePolicy": _NO_BOUNDARY,
    "kms:CreateAlias": _NO_RESOURCE,
    "kms:DeleteAlias": _NO_RESOURCE,
    "lambda:CreateEventSourceMapping": "the emulator has no condition key lambda:FunctionArn",
    "lambda:CreateFunction": _NO_RESOURCE,
    "lambda:DeleteAlias": "the emulator checks lambda:ListAliases instead",
    "s3:DeleteBucketPolicy": _PLAIN_HTTP,
    "s3:DeleteObject": _PLAIN_HTTP,
    "s3:PutObject": _PLAIN_HTTP,
    "sesv2:CreateEmailIdentity": _SENDER,
    "sesv2:ListEmailIdentities": _SENDER,
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """A running emulator, which checks permissions."""
    with Emulator() as running:
        yield running


def _deploy(
    emulator: Emulator, settings: StackFile, record: Record
) -> tuple[DeployRole, dict[str, Any]]:
    role = DeployRole(emulator, settings)
    key = f"{settings.project}:permissionsBoundary"
    bounded = replace(settings, config={**settings.config, key: role.boundary_arn})
    target = target_of(role.client, emulator.url, "http://127.0.0.1:1")
    outputs, _ = update(target, bounded, record)
    return role, outputs


def _destroy(emulator: Emulator, role: DeployRole, record: Record) -> None:
    Deployer(target_of(role.client, emulator.url), record).delete_others()
    assert not record.resources


@pytest.mark.thorough
def test_a_deploy_role_deploys_and_destroys_its_stack(emulator: Emulator) -> None:
    """With its permissions the dev stack and the examples are created and deleted."""
    refused: set[str] = set()
    stacks = {"dev": SHIPPED["dev"], **EXAMPLES}
    for name, file in stacks.items():
        settings, _ = overrides.apply(replace(load(file), stack=f"own-{name}"))
        record = Record()
        role, outputs = _deploy(emulator, settings, record)
        assert outputs["ordersUrl"]
        _destroy(emulator, role, record)
        refused |= role.refused
    assert refused == _DIFFERENCES.keys()


@pytest.mark.thorough
def test_an_order_is_processed_within_the_boundary(emulator: Emulator) -> None:
    """Functions whose roles have the permissions boundary store, email and audit an order."""
    shipped = replace(load(SHIPPED["dev"]), stack="bounded")
    settings = replace(shipped, config={**shipped.config, **texts(shipped, FOR_THE_TESTS)})
    role, outputs = _deploy(emulator, settings, Record())
    stack = LocalStack(emulator, outputs)
    name = outputs["functionNames"]["orders"]
    arn = stack.client("lambda").get_function_configuration(FunctionName=name)["Role"]
    deployed = stack.client("iam").get_role(RoleName=arn.rpartition("/")[2])["Role"]
    boundary = deployed["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == role.boundary_arn
    response = stack.post()
    assert response.status_code == 200, response.text
    stack.await_delivery(response.json()["orderId"])
