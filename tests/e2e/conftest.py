"""The embedded AWS and the local stack, each once per test process; the stack through the real `__main__.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.deployer import deploy
from local.emulator import Emulator
from tests.e2e.support.stack import LocalStack
from tests.support.stacks import SHIPPED, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.support.contract import Report


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """A running emulator, on which every file has stacks of its own names."""
    with Emulator() as running:
        yield running


@pytest.fixture(scope="session")
def stack(emulator: Emulator) -> LocalStack:
    """The local stack; tests tell their orders apart by ID."""
    return LocalStack(emulator, deploy(emulator, load(SHIPPED["local"])))


@pytest.fixture(scope="session")
def attack() -> Callable[..., Report]:
    """`tests.e2e.support.contract.attack`, imported where it is used: Schemathesis takes a second of every process."""
    from tests.e2e.support.contract import attack  # noqa: PLC0415 (as above)

    return attack
