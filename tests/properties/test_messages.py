"""Properties of validation messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hypothesis import given

from tests.support.strategies import SECRET, any_orders, body, hundred_examples

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_FOREIGN = re.compile(
    r"should|input|field required|value error"
    r"|valid (integer|string|decimal|dictionary|list)|Decimal|dict"
)
_VOICE = re.compile(r"Must |Name must |Is not a field of an order$")


@hundred_examples
@given(order=any_orders)
def test_messages_have_one_voice(account: MockAccount, order: dict[str, Any]) -> None:
    """For any value of any field, messages are the API's own and repeat no value."""
    response = account.post(body(order))

    for error in response.body.get("errors", []):
        assert _VOICE.match(error["message"]), error
        assert not _FOREIGN.search(error["message"]), error
        assert error["message"] != "Must be a valid value", error
        assert SECRET not in error["message"], error
