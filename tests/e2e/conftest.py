"""The local stack, deployed once per test process through the real `__main__.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.deployer import deploy
from local.emulator import Emulator
from tests.support.stack import LocalStack
from tests.support.stacks import SHIPPED, load

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    """A running emulator with the local stack on it; tests tell their orders apart by ID."""
    with Emulator() as emulator:
        yield LocalStack(emulator, deploy(emulator, load(SHIPPED["local"])))
