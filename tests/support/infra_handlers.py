"""What the handlers' source says about what they need and emit."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_HANDLERS = Path(__file__).parents[2] / "handlers"

# Variables that Powertools reads, not the handlers themselves.
EMITTED_BY_LIBRARIES = {"POWERTOOLS_LOG_LEVEL", "POWERTOOLS_METRICS_NAMESPACE"}


def variables_read(package: str) -> set[str]:
    """The environment variables that a package, or what all packages share, reads."""
    return {name for tree in _trees(package) for node in ast.walk(tree) for name in _variable(node)}


def metrics_emitted(package: str) -> set[str]:
    """The names of the metrics that a package emits."""
    return {name for tree in _trees(package) for node in ast.walk(tree) for name in _metric(node)}


def _trees(package: str) -> Iterator[ast.Module]:
    for folder in (package, "shared"):
        for path in sorted((_HANDLERS / folder).rglob("*.py")):
            yield ast.parse(path.read_text(encoding="utf-8"))


def _variable(node: ast.AST) -> Iterator[str]:
    """The name in `os.environ["NAME"]`, `os.environ.get("NAME")` and `os.getenv("NAME")`."""
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        yield _text(node.slice)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
        yield _text(node.args[0])


def _metric(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in ("add_metric", "put_metric"):
        named = [keyword.value for keyword in node.keywords if keyword.arg == "name"]
        texts = [
            each for each in [*named, *node.args] if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        yield from (str(text.value) for text in texts)


def _text(node: ast.expr) -> str:
    assert isinstance(node, ast.Constant), f"a variable's name is computed: {ast.unparse(node)}"
    return str(node.value)
