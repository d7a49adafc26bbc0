"""A configuration and the resource graph of its stack mean the same for the costs."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from costs.month import month
from costs.stacks import sizing, stack_usages
from costs.usage import price, totals
from openapi import files
from tests.costs.support import EVERY_STACK, graph_of
from tests.infra.support.combinations import EITHER
from tests.support.stacks import SHIPPED, stack_of

if TYPE_CHECKING:
    from pathlib import Path

    from costs.sizing import Sizing


def _comparable(sizing: Sizing) -> dict[str, object]:
    """What decides about costs; a configuration also has defaults of functions it lacks."""
    values = {field.name: getattr(sizing, field.name) for field in dataclasses.fields(sizing)}
    del values["relay_batch_size"]  # the same for every configuration
    return values | {
        "memory_mb": {name: sizing.memory_mb[name] for name in sizing.functions},
        "maximum_concurrency": {
            name: sizing.maximum_concurrency[name] for name in sizing.consumers
        },
        "batches": {name: sizing.batches[name] for name in sizing.consumers},
        "trace_sampling": pytest.approx(sizing.trace_sampling),
        "provisioned": {name for name in sizing.provisioned if name in sizing.functions},
    }


@pytest.mark.parametrize("path", EVERY_STACK, ids=stack_of)
def test_graph_and_configuration_agree(path: Path) -> None:
    """The graph of a stack has the batches, sizes and traces that its configuration means."""
    graph = graph_of(path).sizing(10)
    assert _comparable(graph) == _comparable(sizing(files.load_file(path), 10))


@pytest.mark.parametrize("level", ["full", "essential", "none"])
def test_a_stack_costs_what_its_monitoring_level_says(level: str) -> None:
    """Without orders a stack costs what docs/scale.md says of its monitoring level."""
    graph = graph_of(
        SHIPPED["dev"],
        **{**EITHER[0]._asdict(), "auth": "iam", "monitoring": level, "encryption": "customer"},
    )
    actual = totals(month(graph, 1), lambda usage: usage.line)
    expected = totals(price(list(stack_usages(level, keys=1))), lambda usage: usage.line)
    assert {line: cost.fixed for line, cost in actual.items() if cost.fixed} == {
        line: pytest.approx(cost.fixed) for line, cost in expected.items() if cost.fixed
    }
