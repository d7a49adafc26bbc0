"""Resource graphs of stack files, recorded without Pulumi engine, AWS and network."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml

from costs.graph import Graph
from tooling.errors import UserError
from tooling.graph_diff import record_stacks
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

# What the program does not read: `.venv`, `.bundles` and other folders of tools among it.
_LEFT_OUT: Final[Callable[[str, list[str]], set[str]]] = shutil.ignore_patterns(
    ".*", "__pycache__", "tests", "docs"
)


def graph_of(file: Path) -> Graph:
    """Return the resource graph of a stack file with the program as it is.

    Raises:
        UserError: the program refuses the configuration, or fails.
    """
    with tempfile.TemporaryDirectory(prefix="cost-") as folder:
        copy = Path(folder) / ROOT.name
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        (recorded,) = record_stacks(copy, [file.resolve()])
    if "error" in recorded:
        raise UserError(str(recorded["error"]), exit_code=2)
    return Graph.recorded(recorded["resources"])


def is_deployed(file: Path) -> bool:
    """Return whether a stack file is of AWS, and not of an emulator with endpoints of its own."""
    content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return "aws:endpoints" not in (content.get("config") or {})
