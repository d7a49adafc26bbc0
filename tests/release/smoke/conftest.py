"""An API over HTTP, as new for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.orderctl.support.fixtures import operator, shared_operator
from tests.release.smoke.api_server import ApiServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.orderctl.support.operator import OperatorStack

__all__ = ["api", "operator", "shared_operator"]


@pytest.fixture
def api(operator: OperatorStack) -> Iterator[ApiServer]:
    """The API of the mocked account."""
    with serving(operator) as server:
        yield server
