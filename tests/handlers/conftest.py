"""One mocked account for all tests of this folder, empty at the start of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.handlers.support.token_client import TokenClient
from tests.support.mock_account import MockAccount

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def _account() -> Iterator[MockAccount]:
    with MockAccount() as account:
        yield account


@pytest.fixture
def account(_account: MockAccount) -> MockAccount:
    """The account, empty."""
    _account.clear()
    return _account


@pytest.fixture(scope="package")
def _client(_account: MockAccount) -> TokenClient:
    return TokenClient(_account)


@pytest.fixture
def client(account: MockAccount, _client: TokenClient) -> TokenClient:
    """The API of a stack whose callers have tokens, without orders."""
    del account
    return _client
