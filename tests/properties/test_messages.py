"""Properties of validation messages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.validation.model import OrderItem, OrderRequest
from tests.support.requests import an_order, an_order_with_item
from tests.support.strategies import body, hundred_examples

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_FOREIGN = re.compile(
    r"should|input|field required|value error"
    r"|valid (integer|string|decimal|dictionary|list)|Decimal|dict"
)
_VOICE = re.compile(r"Must |Name must |Is not a field of an order$")
_SECRET = "ZzSecretzZ"

_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=True)
    | st.text(max_size=5)
    | st.sampled_from(
        [
            _SECRET,
            _SECRET * 50,
            f"{_SECRET}\n",
            f"\u202e{_SECRET}",
            f"{_SECRET}.com/a",
            f"{_SECRET}@",
        ]
    )
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
)
_fields = st.sampled_from([str(field.alias) for field in OrderRequest.model_fields.values()])
_item_fields = st.sampled_from(
    ["itemId", *(str(field.alias) for field in OrderItem.model_fields.values())]
)


@hundred_examples
@given(
    of_order=st.dictionaries(_fields, _values, max_size=3),
    of_item=st.dictionaries(_item_fields, _values, max_size=3),
    missing=st.sets(_fields, max_size=2),
)
def test_messages_have_one_voice(
    account: MockAccount, of_order: dict[str, Any], of_item: dict[str, Any], missing: set[str]
) -> None:
    """For any value of any field, messages are the API's own and repeat no value."""
    items = [{**an_order_with_item()["items"][0], **of_item}]
    order = {
        name: value
        for name, value in {**an_order(items=items), **of_order}.items()
        if name not in missing
    }

    response = account.post(body(order))

    for error in response.body.get("errors", []):
        assert _VOICE.match(error["message"]), error
        assert not _FOREIGN.search(error["message"]), error
        assert error["message"] != "Must be a valid value", error
        assert _SECRET not in error["message"], error
