"""One mocked account for all tests of this folder, empty at the start of each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

import pytest
from typer.testing import CliRunner

from orderctl import cli
from orderctl import stack as connections
from tests.orderctl.support.operator import Desk
from tests.support.mock_account import MockAccount

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

Run: TypeAlias = "Callable[..., Result]"


@pytest.fixture(scope="package")
def _desk() -> Iterator[Desk]:
    with MockAccount() as account, pytest.MonkeyPatch.context() as patch:
        # A mocked queue has one server, which needs no second to say that it is empty.
        patch.setattr(connections, "_LONG_POLLING_SECONDS", 0)
        yield Desk(account)


@pytest.fixture
def desk(_desk: Desk) -> Desk:
    """An operator's desk in an empty account."""
    _desk.clear()
    return _desk


@pytest.fixture
def run(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the mocked account, over the desk's line."""
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps(desk.outputs))
    # Its clients are made once: each costs as much as a whole test.
    monkeypatch.setattr(connections, "_aws", lambda _region: desk.stack.client)

    def invoke(*arguments: str, answer: str | None = None) -> Result:
        given = () if "--outputs" in arguments else ("--outputs", str(outputs))
        return CliRunner().invoke(cli.app, [*arguments, *given], input=answer)

    return invoke
