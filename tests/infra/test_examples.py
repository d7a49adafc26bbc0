"""The examples: each configures one source system, and its page is right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from infra.config.documents import fields
from tests.infra.support.graph import deployed, stack_of
from tests.support.doc_tests import rows
from tests.support.stacks import EXAMPLES
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_CODE = re.compile(r"`([^`]+)`")


@pytest.fixture(params=EXAMPLES.values(), ids=stack_of)
def example(request: pytest.FixtureRequest) -> Path:
    """Each example in turn."""
    path: Path = request.param
    return path


def _page(example: Path) -> str:
    return (example.parent / f"{stack_of(example)}.md").read_text(encoding="utf-8")


def test_there_is_one_for_every_source_system() -> None:
    """The three systems have an example each, and the index leads to it."""
    index = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert all(f"`Pulumi.{name}.yaml`" in index and f"({name}.md)" in index for name in EXAMPLES)


def test_parameters_are_mapped_to_keys_that_exist(example: Path) -> None:
    """Every row of the parameters names configuration keys, or says that there are none."""
    parameters = rows(_page(example), "Its parameters")
    known = dict(fields())
    assert len(parameters) > 10
    for source, _, here, _ in parameters:
        for key in _CODE.findall(here):
            assert key in known or here.startswith(("fixed", "not needed", "the ")), (
                f"{source}: {key}"
            )


def test_every_key_of_an_example_is_explained(example: Path) -> None:
    """What an example sets, its page maps to a parameter of the source."""
    keys = {
        key
        for key in yaml.safe_load(example.read_text(encoding="utf-8"))["config"]
        if ":" not in key
    }
    mapped = {
        key.partition(".")[0]
        for _, _, here, _ in rows(_page(example), "Its parameters")
        for key in _CODE.findall(here)
    }
    assert keys <= mapped


def test_promised_outputs_are_there(example: Path) -> None:
    """Every output of the source has an output here, with a value."""
    outputs = deployed(example).outputs
    promised = rows(_page(example), "Its outputs")
    assert len(promised) >= 3
    for source, here in promised:
        name, *within = _CODE.findall(here)
        assert outputs[name], f"{source}: {name}"
        assert all(outputs[name][key] for key in within), f"{source}: {within}"
