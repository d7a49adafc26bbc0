"""Property: all pages of a customer's orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.lookups import a_stored_order, in_seconds, read_pages, store
from tests.support.strategies import hundred_examples

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount


@pytest.fixture(scope="module")
def account(_account: MockAccount) -> MockAccount:
    """The account; examples empty it themselves."""
    return _account


_HOUR = 3600

# Few days, so that orders have equal times; few seconds, so that some have expired.
_orders = st.lists(
    st.tuples(
        st.sampled_from(["CUST-1", "CUST-1", "CUST-1", "CUST-2", None]),
        st.integers(1, 9),
        st.sampled_from([_HOUR, _HOUR, -_HOUR, None]),
    ),
    max_size=25,
)


@pytest.mark.slow
@hundred_examples
@given(orders=_orders, limit=st.integers(1, 8) | st.just(100))
def test_pages_list_every_order_once(
    account: MockAccount, orders: list[tuple[Any, int, Any]], limit: int
) -> None:
    """All pages together list each unexpired order of the customer once, newest first."""
    account.clear()
    stored, expected = [], set()
    for number, (customer_id, day, seconds) in enumerate(orders):
        expires_at = None if seconds is None else in_seconds(seconds)
        stored.append(
            a_stored_order(f"A-{number}", customer_id=customer_id, day=day, expiresAt=expires_at)
        )
        if customer_id == "CUST-1" and seconds != -_HOUR:
            expected.add((f"A-{number}", day))
    store(account, *stored)

    pages = [page.body["orders"] for page in read_pages(account, "CUST-1", limit=limit)]

    listed = [(order["orderId"], int(order["createdAt"][8:10])) for page in pages for order in page]
    assert max(map(len, pages)) <= limit
    assert (len(listed), set(listed)) == (len(expected), expected)
    assert [day for _, day in listed] == sorted((day for _, day in listed), reverse=True)
