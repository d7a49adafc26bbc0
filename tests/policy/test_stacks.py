"""The policy rules on every stack: no mandatory violations, expected advisory ones."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from handlers.common.contract import API_FUNCTION
from policy.rules import UNKNOWN, Level
from policy.rules import resource_types as types
from policy.rules.tags import TAGGABLE
from tests.infra.support.graph import STACK_FILES, Graph, deployed, previewed
from tests.policy.support.rules import (
    RULE_BY_NAME,
    all_violations,
    provider_class,
    resources,
    sentences,
    types_in_infra,
    violations,
)

if TYPE_CHECKING:
    from pathlib import Path

_ROUTES = {types.HTTP_ROUTE, types.REST_METHOD}

# Rules about types that no stack has.
_UNUSED_RULES = {"no-open-ingress", "no-public-function-urls"}


def test_no_stack_has_a_mandatory_violation(graph: Graph) -> None:
    """No stack violates a mandatory rule."""
    assert sentences(all_violations(graph, Level.MANDATORY)) == []


def test_no_configuration_has_a_mandatory_violation(customised: Graph) -> None:
    """A stack that sets every configuration key violates no mandatory rule."""
    assert sentences(all_violations(customised, Level.MANDATORY)) == []


def test_advisory_violations_follow_from_the_configuration(graph: Graph) -> None:
    """A stack has exactly the advisory violations that its configuration accepts."""
    assert {
        (each.rule, each.resource.name) for each in all_violations(graph, Level.ADVISORY)
    } == _accepted(graph)


def _accepted(graph: Graph) -> set[tuple[str, str]]:
    """Return the advisory violations that a configuration accepts, and the default route's."""
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
    api_functions = {
        f"orders-api-{package}-function"
        for package in (API_FUNCTION[graph.config("ingestion")], "lookup")
    }
    functions = {each.name for each in graph.resources if each.name in api_functions}
    # The role with which API Gateway logs for REST APIs has an AWS managed policy.
    logging = graph.config("gateway") == "rest"
    return {
        *(("routes-authorized", name) for name in routes),
        *(("functions-traced", name) for name in functions if not graph.config("traceSampling")),
        *([("no-aws-managed-policies", "orders-api-gateway-account-policy")] if logging else []),
    }


def test_a_preview_has_no_more_violations_than_an_update(stack_file: Path) -> None:
    """Values that are unknown in a preview are no violations."""
    before, after = (
        all_violations(graph) for graph in (previewed(stack_file), deployed(stack_file))
    )
    assert set(sentences(before)) <= set(sentences(after))


def test_every_property_may_be_unknown(stack_file: Path) -> None:
    """A resource without any known property has no additional violations."""
    preview = resources(previewed(stack_file), computed=False)
    hidden = [
        dataclasses.replace(each, props=dict.fromkeys(each.props, UNKNOWN)) for each in preview
    ]
    for rule in RULE_BY_NAME.values():
        assert set(sentences(violations(rule, hidden))) <= set(
            sentences(violations(rule, preview))
        ), rule.name


def test_taggable_types_are_listed() -> None:
    """The rule about tags lists the taggable types that a stack may deploy, and no others."""
    all_types = {*types_in_infra(), *_deployed_types(), *TAGGABLE}
    assert {one for one in all_types if hasattr(provider_class(one), "tags")} == set(TAGGABLE)


def test_every_rule_applies_to_a_stack() -> None:
    """Every rule is about a type that a stack deploys, except for those against additions."""
    unused_rules = {
        name
        for name, rule in RULE_BY_NAME.items()
        if rule.types and not rule.types & _deployed_types()
    }
    assert unused_rules == _UNUSED_RULES


def _deployed_types() -> set[str]:
    return {
        each.type
        for path in STACK_FILES
        for each in deployed(path).resources
        if not each.is_component
    }
