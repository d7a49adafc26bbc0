"""One emulator for all tests of a process, in which each test uses names of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from local.deployment.deployer import deploy
from local.emulator.emulator import Emulator
from tests.local.support import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Run: TypeAlias = "Callable[[Callable[[], object]], dict[str, Any]]"


@pytest.fixture(scope="package")
def emulator() -> Iterator[Emulator]:
    """A running emulator."""
    with Emulator() as running:
        yield running


@pytest.fixture
def run(emulator: Emulator, tmp_path: Path) -> Run:
    """Deploys a program and returns its outputs."""
    return lambda function: deploy(emulator, sample.stackfile(tmp_path), function=function)
