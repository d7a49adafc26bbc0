"""CORS preflights that reach the function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.requests import http_request

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount


@pytest.mark.parametrize("handler", ["orders", "intake", "lookup"])
@pytest.mark.parametrize("route", ["OPTIONS /{proxy+}", "$default"])
def test_preflight_succeeds(account: MockAccount, handler: str, route: str) -> None:
    """A CORS preflight has a status of success, and counts neither as order nor as failure."""
    event = http_request(None) | {"routeKey": route}
    event["requestContext"]["http"]["method"] = "OPTIONS"

    response = account.send(event, handler)

    assert response.status == 200
    assert account.operations == []
    assert account.console.getvalue() == ""
