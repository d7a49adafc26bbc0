"""The policy pack's rules over recorded graphs, which look to them as they do to the engine."""

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

EVERY_RULE = {rule.name: rule for rules in RULES.values() for rule in rules}
LEVELS = {rule.name: level for level, rules in RULES.items() for rule in rules}


def broken(graph: graph.Graph, *levels: Level) -> list[Violation]:
    """What the rules of some levels, or of every one, say of a graph.

    A resource's own rules see what goes into it, those of a stack also what came out.
    """
    given, made = resources(graph, computed=False), resources(graph, computed=True)
    return [
        violation
        for name, rule in EVERY_RULE.items()
        if LEVELS[name] in (levels or RULES)
        for violation in judged(rule, made if isinstance(rule, StackRule) else given)
    ]


def judged(rule: ResourceRule | StackRule, among: Sequence[Resource]) -> list[Violation]:
    """What a rule says of some resources."""
    if isinstance(rule, StackRule):
        return list(rule.violations(among))
    return [violation for resource in among for violation in rule.violations(resource)]


def resources(graph: graph.Graph, *, computed: bool) -> list[Resource]:
    """A graph's resources as rules see them, with or without what AWS computed."""
    return [_resource(resource, computed=computed) for resource in graph.resources]


def _resource(recorded: graph.Resource, *, computed: bool) -> Resource:
    return Resource(
        type=recorded.type,
        name=recorded.name,
        urn=recorded.urn,
        props=as_the_engine_tells({**(recorded.outputs if computed else {}), **recorded.inputs}),
        protect=recorded.protect,
        sources=recorded.property_dependencies,
    )


def as_the_engine_tells(value: Any) -> Any:
    """A value as it gets to a policy pack, where every number is a float."""
    if is_unknown(value):
        return UNKNOWN
    if isinstance(value, dict):
        return {key: as_the_engine_tells(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_the_engine_tells(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def sentences(found: Iterable[Violation]) -> list[str]:
    """What violations say, in a fixed order."""
    return sorted(violation.sentence for violation in found)


def kinds_in_infra() -> set[str]:
    """The kinds whose classes the program names, as `aws.sqs.Queue`, whichever stack deploys them."""
    found = set()
    for path in (ROOT / "infra").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(
                    value=ast.Attribute(value=ast.Name(id="aws"), attr=module), attr=name
                ):
                    found.add(vars(_class(module, name)).get("pulumi_type"))
    return {str(kind) for kind in found if kind}


def provider_class(kind: str) -> type:
    """The provider's class for a token such as `aws:sqs/queue:Queue`."""
    _, module, name = kind.split(":")
    return _class(module.partition("/")[0].replace("lambda", "lambda_"), name)


def _class(module: str, name: str) -> type:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the provider's own, about resources that are none of ours
        found: type = getattr(importlib.import_module(f"{aws.__name__}.{module}"), name)
    return found
