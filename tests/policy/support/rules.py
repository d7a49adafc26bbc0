"""Runs the policy rules on recorded graphs, in the form in which the engine passes resources."""

from __future__ import annotations

import ast
import importlib
import warnings
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws

from policy.rules import RULES, UNKNOWN, Level, Resource, ResourceRule, StackRule
from tests.infra.support.graph import is_unknown
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from policy.rules import Violation
    from tests.infra.support import graph

RULE_BY_NAME = {rule.name: rule for rules in RULES.values() for rule in rules}
LEVEL_BY_RULE = {rule.name: level for level, rules in RULES.items() for rule in rules}


def all_violations(graph: graph.Graph, *levels: Level) -> list[Violation]:
    """Return the violations of a graph, for some levels or for all.

    Rules about a resource get its inputs, rules about the stack the outputs as well.
    """
    inputs, outputs = resources(graph, computed=False), resources(graph, computed=True)
    return [
        violation
        for name, rule in RULE_BY_NAME.items()
        if LEVEL_BY_RULE[name] in (levels or RULES)
        for violation in violations(rule, outputs if isinstance(rule, StackRule) else inputs)
    ]


def violations(rule: ResourceRule | StackRule, among: Sequence[Resource]) -> list[Violation]:
    """Return the violations of one rule by some resources."""
    if isinstance(rule, StackRule):
        return list(rule.violations(among))
    return [violation for resource in among for violation in rule.violations(resource)]


def resources(graph: graph.Graph, *, computed: bool) -> list[Resource]:
    """Return a graph's resources for the rules, with or without computed outputs."""
    return [_resource(resource, computed=computed) for resource in graph.resources]


def _resource(recorded: graph.Resource, *, computed: bool) -> Resource:
    return Resource(
        type=recorded.type,
        name=recorded.name,
        urn=recorded.urn,
        props=as_engine_value({**(recorded.outputs if computed else {}), **recorded.inputs}),
        protect=recorded.protect,
        sources=recorded.property_dependencies,
    )


def as_engine_value(value: Any) -> Any:
    """Convert a value as the engine does for a policy pack: every number is a float."""
    if is_unknown(value):
        return UNKNOWN
    if isinstance(value, dict):
        return {key: as_engine_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_engine_value(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def sentences(among: Iterable[Violation]) -> list[str]:
    """Return the sentences of violations, sorted."""
    return sorted(violation.sentence for violation in among)


def types_in_infra() -> set[str]:
    """Return the types whose classes the program uses, such as `aws.sqs.Queue`, in any stack."""
    types = set()
    for path in (ROOT / "infra").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id="aws"), attr=module), attr=name
                ):
                    types.add(vars(_class(module, name)).get("pulumi_type"))
    return {str(one) for one in types if one}


def provider_class(token: str) -> type:
    """Return the provider's class for a type token such as `aws:sqs/queue:Queue`."""
    _, module, name = token.split(":")
    return _class(module.partition("/")[0].replace("lambda", "lambda_"), name)


def _class(module: str, name: str) -> type:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the provider's, about deprecated resources
        result: type = getattr(importlib.import_module(f"{aws.__name__}.{module}"), name)
    return result
