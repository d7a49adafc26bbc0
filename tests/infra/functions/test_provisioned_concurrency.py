"""Provisioned concurrency and SnapStart."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from tests.infra.support.combinations import EITHER, Combination, combined
from tests.infra.support.features import full, functions, stack
from tests.infra.support.graph import token
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pulumi

    from tests.infra.support.graph import Graph, Resource

_WAITED_FOR = {"orders", "intake", "lookup"}
_SCALING = {token(kind) for kind in (aws.appautoscaling.Target, aws.appautoscaling.Policy)}
_WARM = {token(aws.lambda_.ProvisionedConcurrencyConfig), *_SCALING}

# Modules that hand out what is different every time.
_CHANCE = {"random", "secrets", "uuid"}
_CLOCKS = {"now", "time", "time_ns", "today", "utcnow"}


def _snapped(ingestion: str, *, preview: bool = False) -> Graph:
    return stack({"snapStart": "true", "ingestion": ingestion, "auth": "iam"}, preview=preview)


@pytest.mark.parametrize("ingestion", ["direct", "queued"])
def test_snap_start_of_synchronous_functions(ingestion: str) -> None:
    """With `snapStart`, exactly the functions behind the gateway have SnapStart."""
    for package, function in functions(_snapped(ingestion)).items():
        expected = {"applyOn": "PublishedVersions"} if package in _WAITED_FOR else None
        assert function.inputs.get("snapStart") == expected, package


@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_functions_start_on_demand_by_default(combination: Combination) -> None:
    """By default there is neither SnapStart nor provisioned concurrency."""
    graph = combined(combination)
    assert not any("snapStart" in function.inputs for function in graph.all(aws.lambda_.Function))
    assert not _WARM & {resource.type for resource in graph.resources}


_HANDLERS = [
    path
    for path in sorted((ROOT / "handlers").rglob("*.py"))
    if not {"relay", "email", "audit", "processor"} & {path.parent.name}
]


@pytest.mark.parametrize("path", _HANDLERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_snapshot_holds_nothing_that_has_to_be_unique(path: Path) -> None:
    """No import of a function behind the gateway draws a random number or reads a clock."""
    for call in _calls_at_import(ast.parse(path.read_text(encoding="utf-8"))):
        name = ast.unparse(call.func)
        module, _, last = name.rpartition(".")
        assert name == "uuid.UUID" or module.partition(".")[0] not in _CHANCE, name
        assert last not in {*_CLOCKS, "urandom", "uuid1", "uuid4"}, name


def _calls_at_import(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls outside of functions; those in a class's body run at import as well."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            yield from _calls_at_import(node)


@pytest.fixture
def provisioned() -> Graph:
    """A stack with capacities of 2 to 9 for `orders`, and 1 to 4 at 50 % for `lookup`."""
    return full("direct")


def test_the_alias_has_provisioned_concurrency(provisioned: Graph) -> None:
    """With `provisionedConcurrency`, the alias `live` has the minimum capacity."""
    graph = provisioned
    actual = {
        (each["functionName"], each["qualifier"]): each["provisionedConcurrentExecutions"]
        for each in graph.all(aws.lambda_.ProvisionedConcurrencyConfig)
    }
    assert actual == {(f"{graph.prefix}orders", "live"): 2, (f"{graph.prefix}lookup", "live"): 1}


def test_an_update_keeps_the_scaled_capacity(provisioned: Graph) -> None:
    """An update leaves the provisioned capacity to Application Auto Scaling."""
    ready = provisioned.all(aws.lambda_.ProvisionedConcurrencyConfig)
    assert all(each.ignores == {"provisionedConcurrentExecutions"} for each in ready)
    others = [
        resource for resource in provisioned.resources if resource.ignores and resource not in ready
    ]
    assert not others


def _scaling(graph: Graph, kind: type[pulumi.Resource], package: str) -> Resource:
    """What scales a function, of a class of Application Auto Scaling's."""
    name = f"function:{graph.prefix}{package}:live"
    (match,) = (each for each in graph.all(kind) if each["resourceId"] == name)
    return match


@pytest.mark.parametrize(("package", "bounds"), [("orders", (2, 9)), ("lookup", (1, 4))])
def test_scaling_has_the_configured_bounds(
    provisioned: Graph, package: str, bounds: tuple[int, int]
) -> None:
    """Scaling has the configured minimum and maximum, and starts when the minimum exists."""
    target = _scaling(provisioned, aws.appautoscaling.Target, package)
    (ready,) = (
        each
        for each in provisioned.all(aws.lambda_.ProvisionedConcurrencyConfig)
        if each["functionName"] == f"{provisioned.prefix}{package}"
    )
    assert (target["minCapacity"], target["maxCapacity"]) == bounds
    assert (target["serviceNamespace"], target["scalableDimension"]) == (
        "lambda",
        "lambda:function:ProvisionedConcurrency",
    )
    assert ready.urn in target.depends_on


@pytest.mark.parametrize(("package", "share"), [("orders", 0.7), ("lookup", 0.5)])
def test_scaling_tracks_the_utilization(provisioned: Graph, package: str, share: float) -> None:
    """The policy tracks the maximum utilization, with 0 where there are no requests."""
    target = _scaling(provisioned, aws.appautoscaling.Target, package)
    policy = _scaling(provisioned, aws.appautoscaling.Policy, package)
    keys = ("resourceId", "serviceNamespace", "scalableDimension")
    assert [policy[key] for key in keys] == [target[key] for key in keys]
    assert policy["policyType"] == "TargetTrackingScaling"
    tracking = policy["targetTrackingScalingPolicyConfiguration"]
    assert tracking["targetValue"] == share
    measured, followed = tracking["customizedMetricSpecification"]["metrics"]
    assert (measured["id"], measured["returnData"]) == ("busy", False)
    assert (followed["expression"], followed["returnData"]) == ("FILL(busy, 0)", True)
    assert measured["metricStat"]["stat"] == "Maximum"
    metric = measured["metricStat"]["metric"]
    assert (metric["namespace"], metric["metricName"]) == (
        "AWS/Lambda",
        "ProvisionedConcurrencyUtilization",
    )
    name = f"{provisioned.prefix}{package}"
    assert {each["name"]: each["value"] for each in metric["dimensions"]} == {
        "FunctionName": name,
        "Resource": f"{name}:live",
    }


def test_a_preview_shows_the_same() -> None:
    """A preview registers what an update does, with SnapStart and provisioned concurrency."""
    _assert_alike(_snapped("direct", preview=True), _snapped("direct"))
    _assert_alike(full("direct", preview=True), full("direct"))


def _assert_alike(before: Graph, after: Graph) -> None:
    assert [(r.urn, sorted(r.inputs), r.ignores) for r in before.resources] == [
        (r.urn, sorted(r.inputs), r.ignores) for r in after.resources
    ]
