"""Properties of refused orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import strategies
from tests.support.requests import an_order, an_order_with_item
from tests.support.strategies import body, hundred_examples, orders

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount


def assert_refused(account: MockAccount, order: dict[str, Any], fields: set[str]) -> None:
    """The response is a 400 with these fields, each with a message, and AWS was not called."""
    response = account.post(body(order))

    assert response.status == 400
    assert set(response.fields) == fields
    assert all(error["message"] for error in response.body["errors"])
    assert account.operations == []


@hundred_examples
@given(invalid=strategies.invalid_orders())
def test_property_02_invalid_order_is_refused_with_every_violation(
    account: MockAccount, invalid: tuple[dict[str, Any], set[str]]
) -> None:
    """An invalid order is refused with every violation, and nothing is stored."""
    assert_refused(account, *invalid)


@hundred_examples
@given(order=orders, address=strategies.not_addresses)
def test_property_08_invalid_email_is_refused(
    account: MockAccount, order: dict[str, Any], address: str
) -> None:
    """An email address that is invalid by RFC 5322 is refused."""
    assert_refused(account, {**order, "customerEmail": address}, {"customerEmail"})


@hundred_examples
@given(order=orders, name=strategies.short_names)
def test_property_09_short_name_is_refused(
    account: MockAccount, order: dict[str, Any], name: str
) -> None:
    """A customer name of less than two characters, without blanks around it, is refused."""
    assert_refused(account, {**order, "customerName": name}, {"customerName"})


@hundred_examples
@given(order=orders)
def test_property_10_order_without_items_is_refused(
    account: MockAccount, order: dict[str, Any]
) -> None:
    """An order without items is refused."""
    assert_refused(account, {**order, "items": []}, {"items"})
    assert_refused(account, {name: order[name] for name in order if name != "items"}, {"items"})


@hundred_examples
@given(
    order=orders,
    missing=st.sets(st.sampled_from(["productId", "quantity", "price"]), min_size=1),
    position=st.integers(0, 5),
)
def test_property_11_item_without_a_required_field_is_refused(
    account: MockAccount, order: dict[str, Any], missing: set[str], position: int
) -> None:
    """An item without product ID, quantity or price is refused, each by its path."""
    items = list(order["items"])
    position %= len(items)
    items[position] = {
        name: value for name, value in items[position].items() if name not in missing
    }

    assert_refused(
        account, {**order, "items": items}, {f"items[{position}].{name}" for name in missing}
    )


@hundred_examples
@given(quantity=strategies.quantities_too_low)
def test_property_12_quantity_below_one_is_refused(account: MockAccount, quantity: int) -> None:
    """A quantity of zero or less is refused."""
    assert_refused(account, an_order_with_item(quantity=quantity), {"items[0].quantity"})


@hundred_examples
@given(price=strategies.prices_too_low)
def test_property_13_price_of_nothing_is_refused(account: MockAccount, price: Any) -> None:
    """A price of zero or less is refused."""
    assert_refused(account, an_order_with_item(price=price), {"items[0].price"})


@pytest.mark.parametrize("field", ["customerName", "customerEmail", "items"])
def test_required_fields_of_an_order_are_named(account: MockAccount, field: str) -> None:
    """An order without a required field is refused for it."""
    assert_refused(account, an_order(**{field: None}), {field})
