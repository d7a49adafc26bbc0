"""The resource graph of one stack file, recorded without Pulumi engine, AWS and network."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tooling.graph_diff import GraphError, record_stacks

if TYPE_CHECKING:
    from collections.abc import Callable

    from tooling.graph_diff import Stack

# What the program does not read: `.venv`, `.bundles` and other folders of tools among it.
_NOT_COPIED: Final[Callable[[str, list[str]], set[str]]] = shutil.ignore_patterns(
    ".*", "__pycache__", "docs", "tests", "benchmarks"
)


def record_stack(root: Path, file: Path) -> Stack:
    """Record a stack from a copy of the program, which builds bundles without dependencies.

    Args:
        root: The checkout.
        file: The stack's file, which may be elsewhere.

    Raises:
        GraphError: the program refuses the configuration, or fails.
    """
    with tempfile.TemporaryDirectory(prefix="stack-graph-") as folder:
        copy = Path(folder) / root.name
        shutil.copytree(root, copy, ignore=_NOT_COPIED)
        (stack,) = record_stacks(copy, [file.resolve()])
    if "error" in stack:
        raise GraphError(stack["error"])
    return stack
