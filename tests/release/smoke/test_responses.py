"""The smoke test's API responds with something else than its order."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from release.smoke.api import SyntheticOrder
from release.smoke.model import SmokeTestError
from release.smoke.runner import run
from tests.release.smoke.stacks import FAST, TOKEN, items, stack_of
from tests.support.functions import ORDERS_TABLE
from tests.support.mock_account import ApiResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.release.smoke.api_server import ApiServer


@pytest.mark.parametrize("auth", ["none", "jwt"])
def test_no_other_order_is_removed(api: ApiServer, auth: str) -> None:
    """An API that responds with another order's ID fails the first step, and that order stays."""
    body = {**SyntheticOrder(recipient="a@example.com", has_token=False).body, "orderId": "theirs"}
    api.store({"Idempotency-Key": "theirs"}, body)
    before = items(api.operator)

    def confuse(server: ApiServer, headers: Mapping[str, str], body: Any) -> ApiResponse:
        server.store(headers, body)
        return ApiResponse(200, {}, json.dumps({"orderId": "theirs"}))

    api.respond = confuse
    options = replace(FAST, credential=TOKEN if auth == "jwt" else None)
    with pytest.raises(SmokeTestError, match="the orderId of another order") as caught:
        run(stack_of(api, auth=auth), options)
    assert caught.value.step == "accepted"
    after = items(api.operator)
    assert all(item in after[table] for table, rows in before.items() for item in rows)
    assert (after[ORDERS_TABLE] == before[ORDERS_TABLE]) is (auth == "none")


_RESPONSES = (
    '{"errors": ["x", null, 1]}',
    '{"errors": {"a": 1}, "error": {"b": []}}',
    "[]",
    "null",
    "\x00",
    '{"orderId": {"a": 1}}',
    '{"orderId": "../x"}',
)


def test_any_response_has_a_sentence(api: ApiServer) -> None:
    """Whatever an API responds, the step is named, and no other error hides it."""
    for status, text in itertools.product((200, 301, 400), _RESPONSES):
        response = ApiResponse(status, {"Location": "/orders"}, text)
        api.respond = lambda *_, response=response: response
        with pytest.raises(SmokeTestError) as caught:
            run(stack_of(api), FAST)
        assert caught.value.step == "accepted", (status, text)
