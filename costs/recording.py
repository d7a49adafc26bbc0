"""Resource graphs of stack files, as far as costs follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from costs.graph import Graph
from tooling.errors import UserError
from tooling.graph_diff import GraphError
from tooling.root import ROOT
from tooling.stack_graph import record_stack

if TYPE_CHECKING:
    from pathlib import Path


def graph_of(file: Path) -> Graph:
    """Return the resource graph of a stack file with the program as it is.

    Raises:
        UserError: the program refuses the configuration, or fails.
    """
    try:
        stack = record_stack(ROOT, file)
    except GraphError as error:
        raise UserError(str(error), exit_code=2) from error
    return Graph.recorded(stack["resources"])


def is_deployed(file: Path) -> bool:
    """Return whether a stack file is of AWS, and not of an emulator with endpoints of its own."""
    content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return "aws:endpoints" not in (content.get("config") or {})
