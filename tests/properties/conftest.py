"""One mocked account for all properties of a module, which is not emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.mock_account import MockAccount

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def account() -> Iterator[MockAccount]:
    """The account."""
    with MockAccount() as account:
        yield account
