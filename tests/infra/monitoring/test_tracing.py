"""X-Ray sampling: one rule per stack, for the share of requests that the stack says."""

from __future__ import annotations

import dataclasses
import fnmatch
from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from infra import config
from infra.monitoring.tracing import Tracing, TracingArgs, rule_name
from tests.infra.support.combinations import EITHER, Combination, combined
from tests.infra.support.features import full
from tests.infra.support.graph import Graph, Resource, deployed, record, settings, token
from tests.support.stacks import SHIPPED

if TYPE_CHECKING:
    from tooling.stackfile import StackFile

_LONGEST = 39  # what the program takes for the names of project and stack, together


def _rule(graph: Graph) -> Resource:
    (match,) = graph.all(aws.xray.SamplingRule)
    return match


def _alone(configured: StackFile) -> Graph:
    """The sampling rule alone, of a stack."""
    return record(configured, _program)


def _program() -> None:
    Tracing("tracing", TracingArgs(sampling_percent=config.load().trace_sampling))


@pytest.mark.parametrize(("percent", "rate"), [("5", 0.05), ("1", 0.01), ("100", 1)])
def test_sampling_is_configurable(percent: str, rate: float) -> None:
    """The rule traces the stack's percentage of requests, and nothing beyond that share."""
    rule = _rule(_alone(settings(SHIPPED["dev"], traceSampling=percent)))
    assert rule["fixedRate"] == pytest.approx(rate)
    assert rule["reservoirSize"] == 0


def test_the_rule_has_the_configured_percentage() -> None:
    """The rule has the stack's percentage, 5 by default."""
    assert _rule(combined(EITHER[-1]))["fixedRate"] == pytest.approx(0.05)
    assert _rule(full("direct"))["fixedRate"] == pytest.approx(0.01)


@pytest.mark.parametrize("combination", EITHER, ids="-".join)
def test_the_rule_is_for_the_services_of_the_stack(combination: Combination) -> None:
    """The rule matches the stack's functions and REST stage, and no other stack's."""
    graph = combined(combination)
    rule = _rule(graph)
    names = {function["name"] for function in graph.all(aws.lambda_.Function)}
    if combination.gateway == "rest":
        (api,), (stage,) = graph.all(aws.apigateway.RestApi), graph.all(aws.apigateway.Stage)
        names.add(f"{api['name']}/{stage['stageName']}")
    assert all(fnmatch.fnmatchcase(name, rule["serviceName"]) for name in names)
    assert not fnmatch.fnmatchcase(f"{graph.stackfile.project}-other-orders", rule["serviceName"])
    assert {
        rule[key] for key in ("serviceType", "resourceArn", "host", "httpMethod", "urlPath")
    } == {"*"}
    assert rule["version"] == 1


def test_rules_of_stacks_with_a_common_prefix() -> None:
    """Where two rules fit, that of the longer name comes first: X-Ray takes the least priority."""
    short, long = (_rule(_named(stack)) for stack in ("pr", "pr-2"))
    assert fnmatch.fnmatchcase(long["serviceName"], short["serviceName"])
    assert 1 <= long["priority"] < short["priority"] <= 9999


def _named(stack: str) -> Graph:
    return _alone(dataclasses.replace(settings(SHIPPED["dev"]), stack=stack))


def test_without_tracing_there_is_no_rule() -> None:
    """A stack that is not traced has no sampling rule."""
    graph = deployed(SHIPPED["local"])
    assert graph.config("traceSampling") == 0
    assert token(aws.xray.SamplingRule) not in {resource.type for resource in graph.resources}


@pytest.mark.parametrize("length", [1, 31, 32, 33, _LONGEST])
def test_rule_names_are_short_and_distinct(length: int) -> None:
    """Rules have distinct names of at most 32 characters, after their stacks."""
    first, second = ("a" * (length - 1) + end for end in "xy")
    assert len(rule_name(first)) == min(length, 32)
    assert rule_name(first) != rule_name(second)
    assert rule_name(first)[:22] == first[:22]
