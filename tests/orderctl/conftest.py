"""One mocked account for all tests of this folder, empty at the start of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from typer.testing import CliRunner

from orderctl import cli
from orderctl.cli_support import Settings
from tests.orderctl.support.fixtures import operator, shared_operator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

    from tests.orderctl.support.operator import OperatorStack

__all__ = ["operator", "shared_operator"]

Run: TypeAlias = "Callable[..., Result]"


@pytest.fixture
def event_source_mappings(operator: OperatorStack) -> Iterator[None]:
    """The relay, email and audit have event source mappings, which are enabled."""
    with operator.event_source_mappings():
        yield


@pytest.fixture
def outputs_file(operator: OperatorStack, tmp_path: Path) -> Path:
    """A file with the stack's outputs."""
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(operator.outputs))
    return file


@pytest.fixture
def run(operator: OperatorStack, outputs_file: Path) -> Run:
    """Run a command on the mocked account.

    `stdin` is standard input, `interactive` whether that is a terminal, `limits` are fields of
    `Stack`.
    """

    def invoke(
        *arguments: str, stdin: str | None = None, interactive: bool = False, **limits: Any
    ) -> Result:
        if "--outputs" not in arguments:
            arguments = (*arguments, "--outputs", str(outputs_file))
        settings = Settings(connect=operator.connector(**limits), interactive=interactive)
        return CliRunner().invoke(cli.app, arguments, input=stdin, obj=settings)

    return invoke
