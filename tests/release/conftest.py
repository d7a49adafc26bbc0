"""The mocked account of functions and alarms, as new for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.release.support.account import Account

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def shared_account() -> Iterator[Account]:
    """An account for all tests of a file."""
    with Account() as account:
        yield account


@pytest.fixture
def account(shared_account: Account) -> Account:
    """A stack with a canary, whose functions have version 1 and whose alarms are OK."""
    shared_account.reset()
    return shared_account
