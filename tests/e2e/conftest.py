"""The embedded AWS and the local stack, deployed by `__main__.py`, once per test process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.deployment.deployer import deploy
from local.emulator.emulator import Emulator
from tests.e2e.support.responses import ORIGIN
from tests.e2e.support.stack import LocalStack
from tests.support.stacks import SHIPPED, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.support.contract import Report


@pytest.fixture(scope="package")
def emulator() -> Iterator[Emulator]:
    """A running emulator; each file deploys stacks with names of its own."""
    with Emulator() as running:
        yield running


@pytest.fixture(scope="package")
def stack(emulator: Emulator) -> LocalStack:
    """The local stack; each test has orders of its own."""
    return LocalStack(emulator, deploy(emulator, load(SHIPPED["local"]), storefront_url=ORIGIN))


@pytest.fixture(scope="package")
def attack() -> Callable[..., Report]:
    """`contract.attack`, imported only here: Schemathesis takes a second of every process."""
    from tests.e2e.support.contract import attack  # noqa: PLC0415 (as above)

    return attack
