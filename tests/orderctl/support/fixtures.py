"""A stack in a mocked account, one account for all tests of a folder.

A `conftest.py` makes the fixtures known:
`from tests.orderctl.support.fixtures import operator, shared_operator`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.orderctl.support.operator import OperatorStack
from tests.support.mock_account import MockAccount

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def shared_operator() -> Iterator[OperatorStack]:
    """The stack, with what the tests before have left."""
    with MockAccount() as account:
        yield OperatorStack(account)


@pytest.fixture
def operator(shared_operator: OperatorStack) -> OperatorStack:
    """A stack in an empty account."""
    shared_operator.clear()
    return shared_operator
