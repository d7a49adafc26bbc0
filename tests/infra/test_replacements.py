"""How resources are replaced: what others depend on is there before its original is deleted."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from infra.functions.function import Function, FunctionArgs
from tests.infra.support.combinations import EITHER, combined
from tests.infra.support.defaults import function_settings
from tests.infra.support.features import (
    FULL,
    REGIONS,
    SMTP,
    full,
    functions,
    monitored_in,
    vpc_alone,
)
from tests.infra.support.gateways import VARIANTS, gateway_graph
from tests.infra.support.graph import record, settings, token
from tests.support.stacks import SHIPPED
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.support.graph import Graph

_PAGE = ROOT / "docs" / "adr" / "0031-names-and-replacements.md"


def _graphs() -> Iterator[Graph]:
    yield from map(combined, EITHER)
    yield from map(full, FULL)
    yield from map(gateway_graph, VARIANTS)


def _listed() -> set[str]:
    """The resources in the page's tables, as `module.Class`."""
    rows = [
        line.split("|")[1]
        for line in _PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `")
    ]
    return {name for row in rows for name in re.findall(r"`(\w+\.\w+)`", row)}


def _short(kind: str) -> str:
    """`lambda.Function` for `aws:lambda/function:Function`."""
    return f"{kind.split(':')[1].split('/', maxsplit=1)[0]}.{kind.rpartition(':')[2]}"


def test_every_named_resource_is_on_the_page() -> None:
    """The page lists exactly the types of resources with names."""
    named = {
        _short(resource.type)
        for graph in _graphs()
        for resource in graph.resources
        if not resource.is_component and {"name", "namePrefix"} & resource.inputs.keys()
    }
    assert _listed() == named


@pytest.mark.parametrize(
    "config", [{}, SMTP, {"ingestion": "queued"}, {"ingestion": "queued", **SMTP}]
)
def test_a_security_group_is_replaced_before_deletion(config: dict[str, str]) -> None:
    """A security group has a random name, and is created before the old one is deleted."""
    graph = vpc_alone(config)
    for group in graph.all(aws.ec2.SecurityGroup):
        assert "name" not in group.inputs, group
        assert group["namePrefix"].startswith(graph.prefix), group
        assert group.deletes_first is False, group
        assert group.delete_timeout == "60m", group


def test_a_role_policy_is_replaced_before_deletion() -> None:
    """A function whose role is replaced has its permissions at every moment."""
    policies = combined(EITHER[0]).all(aws.iam.RolePolicy)
    assert all(policy.deletes_first is False for policy in policies)


@pytest.mark.parametrize("region", REGIONS)
def test_roles_have_the_region_in_their_names(region: str) -> None:
    """Roles of the same project and stack in two regions have different names."""
    graph = monitored_in(region)
    roles = {role["name"] for role in graph.all(aws.iam.Role)}
    assert roles == {f"{graph.prefix}{package}-{region}" for package in functions(graph)}


def test_no_name_is_global_without_the_region() -> None:
    """Of what IAM keeps, nothing is named alike in two regions."""
    first, second = map(monitored_in, REGIONS)
    names = [
        {resource["name"] for resource in graph.resources if resource.type == token(aws.iam.Role)}
        for graph in (first, second)
    ]
    assert names[0]
    assert not names[0] & names[1]


def test_a_role_name_that_is_too_long_is_an_error() -> None:
    """A function whose role would have more than 64 characters is refused, with the numbers."""
    args = FunctionArgs(
        package="notifications-to-all-customers",
        description="",
        timeout_seconds=10,
        environment={},
        settings=function_settings(),
    )

    def create() -> None:
        Function("notifications", args)

    long = dataclasses.replace(settings(SHIPPED["dev"]), stack="a-rather-long-name")
    with pytest.raises(
        ValueError, match=r"49 are allowed, because its role's name ends in the region.* to 64"
    ):
        record(long, create)
