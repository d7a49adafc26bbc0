"""Stacks to check: planned from stack files, with the resources that tests record anyway."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import TYPE_CHECKING, Any, Final

from release.preflight import build, planned, runner
from release.preflight.check import Target
from release.preflight.planned import Resources
from tests.infra.support.graph import settings
from tests.support import stacks
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from release.preflight.check import Check
    from release.preflight.finding import Finding
    from release.preflight.planned import PlannedStack
    from tests.infra.support.graph import Graph
    from tests.release.preflight.support.account import Account
    from tooling.stackfile import StackFile

VARIANTS: Final = {
    stacks.stack_of(path): path for path in (ROOT / "tests" / "stacks" / "variants").iterdir()
}
# All but the one that runs interpreters of this machine.
CHECKS: Final = [each for each in runner.CHECKS if each.name != build.NAME]

ALL: Final = {**stacks.SHIPPED, **stacks.EXAMPLES, **stacks.PRESETS, **VARIANTS}


def without_resources(path: Path, **keys: Any) -> PlannedStack:
    """A stack with these configuration keys, whose resources are left out: that takes no time."""
    return planned.plan(_settings(path, keys), path.name, lambda _: Resources({}))


def of_graph(graph: Graph) -> PlannedStack:
    """A stack with its recorded resources."""
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for resource in graph.resources:
        inputs = {name: _decoded(value) for name, value in resource.inputs.items()}
        by_type.setdefault(resource.type, []).append(inputs)
    file = graph.stackfile
    return planned.plan(file, f"Pulumi.{file.stack}.yaml", lambda _: Resources(by_type))


def with_resources(path: Path, resources: Resources, **keys: Any) -> PlannedStack:
    """A stack with these configuration keys and these resources."""
    return planned.plan(_settings(path, keys), path.name, lambda _: resources)


def check(stack: PlannedStack, account: Account, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """The findings about a stack in an account, whose issuer of tokens responds."""
    target = Target(stack=stack, client=account.client, read_url=openid_configuration)
    return list(runner.run(target, checks))


def openid_configuration(url: str) -> bytes:
    """The document of the issuer at a URL."""
    issuer = url.removesuffix("/.well-known/openid-configuration")
    endpoints = ("jwks_uri", "authorization_endpoint", "token_endpoint")
    return json.dumps({"issuer": issuer, **dict.fromkeys(endpoints, f"{issuer}/x")}).encode()


def _settings(path: Path, keys: dict[str, Any]) -> StackFile:
    """A stack's file with other values of keys; those with a namespace are not the project's."""
    texts = {
        key: value if isinstance(value, str) or value is None else json.dumps(value)
        for key, value in keys.items()
    }
    file = settings(path, **{key: text for key, text in texts.items() if ":" not in key})
    foreign = {key: str(text) for key, text in texts.items() if ":" in key}
    return dataclasses.replace(file, config=file.config | foreign)


def _decoded(value: Any) -> Any:
    """Documents as structures, as `tooling.graph_recorder` records them."""
    if isinstance(value, str) and value.startswith("{"):
        with contextlib.suppress(ValueError):
            return json.loads(value)
    return value
