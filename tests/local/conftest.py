"""One emulator for all tests of a process; tests use names of their own instead of a clean one each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """A running emulator."""
    with Emulator() as running:
        yield running
