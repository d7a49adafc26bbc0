"""Resource graphs of every stack file, example and variant, for the costs."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from costs.graph import Graph, Resource
from tests.infra.support.graph import STACK_FILES, deployed, record, settings
from tests.support.stacks import VARIANTS

if TYPE_CHECKING:
    from pathlib import Path

EVERY_STACK = [*STACK_FILES, *VARIANTS]


@functools.cache
def graph_of(path: Path, **config: str) -> Graph:
    """The graph of a stack file, some of whose keys are set."""
    recorded = record(settings(path, **config)) if config else deployed(path)
    return Graph(Resource(each.type, each.name, each.inputs) for each in recorded.resources)
