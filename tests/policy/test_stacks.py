"""The policy pack: no stack breaks its rules, whether it is deployed or only previewed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from policy.rules import UNKNOWN, Level, kinds
from policy.rules.tags import TAGGABLE
from tests.infra.support.graph import STACK_FILES, Graph, deployed, previewed
from tests.policy.support.rules import (
    EVERY_RULE,
    broken,
    judged,
    kinds_in_infra,
    provider_class,
    resources,
    sentences,
)

if TYPE_CHECKING:
    from pathlib import Path

_ROUTES = {kinds.HTTP_ROUTE, kinds.REST_METHOD}

# Rules about what no stack has; a change of `tests/support/infra_rules_*.py` shows for each that it can fail.
_ABOUT_NOTHING_YET = {"no-open-ingress", "no-public-buckets", "no-public-function-urls"}


def test_no_stack_breaks_a_mandatory_rule(graph: Graph) -> None:
    """What the pack refuses to deploy is in no stack."""
    assert sentences(broken(graph, Level.MANDATORY)) == []


def test_a_stack_that_decides_everything_breaks_no_mandatory_rule(customised: Graph) -> None:
    """No value of the configuration leads to what the pack refuses to deploy."""
    assert sentences(broken(customised, Level.MANDATORY)) == []


def test_only_what_a_stack_decided_is_remarked_upon(graph: Graph) -> None:
    """The pack remarks upon what a stack's configuration leads to knowingly, and upon nothing else."""
    assert {(each.rule, each.resource.name) for each in broken(graph, Level.ADVISORY)} == _decided(
        graph
    )


def _decided(graph: Graph) -> set[tuple[str, str]]:
    """What a stack's configuration accepts, and the route that answers what no route fits."""
    preflights = {"OPTIONS", "OPTIONS /{proxy+}"}
    routes = {
        each.name
        for each in graph.resources
        if each.type in _ROUTES
        and not {each.inputs.get("httpMethod"), each.inputs.get("routeKey")} & preflights
    }
    routes = (
        routes
        if graph.config("auth") == "none"
        else {name for name in routes if name.endswith("-default-route")}
    )
    functions = {each.name for each in graph.resources if each.type == kinds.FUNCTION}
    # The role by which API Gateway logs for REST APIs has the policy that AWS made for it.
    logging = graph.config("gateway") == "rest" and graph.config("apiGatewayAccountRole")
    return {
        *(("routes-authorized", name) for name in routes),
        *(("functions-traced", name) for name in functions if not graph.config("tracing")),
        *([("no-aws-managed-policies", "orders-api-gateway-account-policy")] if logging else []),
    }


def test_a_preview_raises_no_alarm_that_an_update_does_not(stack_file: Path) -> None:
    """What a preview cannot know yet is not held against a stack."""
    before, after = (broken(graph) for graph in (previewed(stack_file), deployed(stack_file)))
    assert set(sentences(before)) <= set(sentences(after))


def test_nothing_at_all_may_be_known(stack_file: Path) -> None:
    """A rule takes any property of any resource for one that only a deployment can tell."""
    known = resources(previewed(stack_file), computed=False)
    hidden = [dataclasses.replace(each, props=dict.fromkeys(each.props, UNKNOWN)) for each in known]
    for rule in EVERY_RULE.values():
        assert set(sentences(judged(rule, hidden))) <= set(sentences(judged(rule, known))), (
            rule.name
        )


def test_what_can_be_tagged_is_listed() -> None:
    """The rule about tags knows every kind that a stack may deploy and AWS can tag, and none that AWS cannot."""
    every = {*kinds_in_infra(), *_kinds_deployed(), *TAGGABLE}
    assert {kind for kind in every if hasattr(provider_class(kind), "tags")} == set(TAGGABLE)


def test_no_rule_is_kept_for_want_of_anything_to_break_it() -> None:
    """Every rule looks at something that a stack deploys, save those that keep something from being added."""
    idle = {
        name
        for name, rule in EVERY_RULE.items()
        if rule.kinds and not rule.kinds & _kinds_deployed()
    }
    assert idle == _ABOUT_NOTHING_YET


def _kinds_deployed() -> set[str]:
    return {
        each.type
        for path in STACK_FILES
        for each in deployed(path).resources
        if not each.is_component
    }
