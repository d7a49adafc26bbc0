"""What the handlers' source says about what they need and emit."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_HANDLERS = ROOT / "handlers"

_ENVIRONMENTS = {"os.environ", "environment"}

# What every function has for its metrics, also the relay, which has none.
FOR_METRICS = {"ENVIRONMENT", "METRICS_NAMESPACE"}
# What Lambda sets itself.
OF_LAMBDA = {"_X_AMZN_TRACE_ID"}


@functools.cache
def variables_read(package: str) -> frozenset[str]:
    """The environment variables that a handler and its imports from the project read."""
    return frozenset(
        name for tree in _trees(package) for node in ast.walk(tree) for name in _variable(node)
    )


@functools.cache
def metrics_emitted(package: str) -> frozenset[str]:
    """The names of the metrics that a handler and its imports from the project emit."""
    return frozenset(
        name for tree in _trees(package) for node in ast.walk(tree) for name in _metric(node)
    )


def _trees(package: str) -> Iterator[ast.Module]:
    waiting, seen = {f"handlers.{package}.handler"}, set[str]()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        path = _HANDLERS.parent / f"{module.replace('.', '/')}.py"
        if path.is_file():
            tree = _parsed(path)
            yield tree
            waiting |= set(_imported(tree)) - seen


@functools.cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> Iterator[str]:
    """The project's modules that a module may import: `from a import b` may mean `a` or `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("handlers"):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _variable(node: ast.AST) -> Iterator[str]:
    """The name in `os.environ["NAME"]` or `environment.get("NAME")`."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in _ENVIRONMENTS:
        yield _text(node.slice)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in {
        f"{name}.get" for name in _ENVIRONMENTS
    }:
        yield _text(node.args[0])


def _metric(node: ast.AST) -> Iterator[str]:
    """The names in `metrics.add("...")` and in arguments called `failure_metric`."""
    if not isinstance(node, ast.Call):
        return
    values = [each.value for each in node.keywords if each.arg == "failure_metric"]
    if ast.unparse(node.func).endswith("metrics.add"):
        values.append(node.args[0])
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def _text(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), f"a variable's name is computed: {ast.unparse(node)}"
    return str(node.value)
