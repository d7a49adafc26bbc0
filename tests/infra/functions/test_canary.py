"""The alias `live` with the configuration key `canary`, and what releases read of a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from infra.config.objects import DATAPOINT_MINUTES, FAILURES_THRESHOLD
from tests.infra.support.combinations import EITHER, Combination, combined
from tests.infra.support.features import functions, stack

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph

_CANARY = {"canary": '{"steps":[10,50],"bakeMinutes":20}', "monitoring": "full"}


def _aliases(graph: Graph) -> dict[str, frozenset[str]]:
    """The inputs of each function's alias that an update ignores."""
    return {alias["functionName"]: alias.ignores for alias in graph.all(aws.lambda_.Alias)}


@pytest.mark.parametrize("preview", [False, True])
def test_a_release_moves_the_aliases_with_canary(preview: bool) -> None:  # noqa: FBT001
    """With `canary`, no update moves an alias or its weights, and new aliases have a version."""
    graph = stack(_CANARY, preview=preview)
    ignored = _aliases(graph)
    assert len(ignored) == len(functions(graph))
    assert set(ignored.values()) == {frozenset({"functionVersion", "routingConfig"})}
    assert all("functionVersion" in alias.inputs for alias in graph.all(aws.lambda_.Alias))


@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_pulumi_moves_the_aliases_without_canary(combination: Combination) -> None:
    """Without `canary`, an update moves every alias to the version that it publishes."""
    assert set(_aliases(combined(combination)).values()) == {frozenset()}


def test_the_outputs_name_the_published_versions() -> None:
    """The output `functionVersions` has the published version of each function, by package."""
    graph = stack(_CANARY)
    versions = {
        package: function.outputs["version"] for package, function in functions(graph).items()
    }
    assert graph.outputs["functionVersions"] == versions
    assert graph.outputs["functionNames"].keys() == versions.keys()


def test_the_outputs_have_the_steps() -> None:
    """The output `canary` has the steps and the minutes; without the key it is empty."""
    assert stack(_CANARY).outputs["canary"] == {"steps": [10, 50], "bakeMinutes": 20}
    assert stack({}).outputs["canary"] == {}


def test_the_rules_know_the_alarms() -> None:
    """The alarms on a function's failures have the threshold and period that the rules assume."""
    alarms = [
        alarm
        for alarm in stack(_CANARY).all(aws.cloudwatch.MetricAlarm)
        if alarm["name"].endswith(("-errors", "-failed-messages")) and "-api-" not in alarm["name"]
    ]
    periods = {
        query["metric"]["period"]
        for alarm in alarms
        for query in alarm["metricQueries"]
        if "metric" in query
    }
    assert {alarm["threshold"] for alarm in alarms} == {FAILURES_THRESHOLD}
    assert periods == {DATAPOINT_MINUTES * 60}
