"""Filling the form in: items, totals, and violations at their fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.http.rejection import Rejection, Violation
from handlers.http.response import rejected

if TYPE_CHECKING:
    from tests.web.support.api import FakeApi
    from tests.web.support.page import Shop


def test_violations_are_at_their_fields(shop: Shop, api: FakeApi) -> None:
    """Each violation is at its field and in a list; the first field has the focus."""
    shop.fill(customerEmail="jane", quantity="0", price="")
    shop.send()
    assert shop.status("Not sent") == "Correct 3 problems, then send the order again."
    assert shop.errors() == {
        "customerEmail": "Must be a valid email address",
        "items[0].quantity": "Must be at least 1",
        "items[0].price": "Must be present",
    }
    assert shop.focused() == "customerEmail"
    assert api.requests == []
    described = shop.field("customerEmail")
    assert described.get_attribute("aria-invalid") == "true"
    assert described.get_attribute("aria-describedby") == "customerEmail-error"
    shop.page.get_by_role("link", name="Item 1, Quantity: Must be at least 1").click()
    assert shop.focused() == "items[0].quantity"


def test_violations_of_the_api_are_at_their_fields(shop: Shop, api: FakeApi) -> None:
    """Violations of the API are shown the same way; those without a field are in the list."""
    violations = [
        Violation("items[0].productName", "Must not contain a web address"),
        Violation("shippingAddress", "Must be an object"),
        Violation("body", "…and 3 more"),
        Violation("customerName", "Must contain a visible character"),
    ]
    api.script.append(rejected(Rejection.invalid(violations)))
    shop.fill()
    shop.send()
    shop.status("Not sent")
    assert shop.errors() == {
        "customerName": "Must contain a visible character",
        "items[0].productName": "Must not contain a web address",
        "shippingAddress": "Must be an object",
    }
    assert shop.focused() == "customerName"
    assert shop.text_of("#status-problems").splitlines() == [
        "Name: Must contain a visible character",
        "Item 1, Product name (optional): Must not contain a web address",
        "Shipping address: Must be an object",
        "body: …and 3 more",
    ]
    key = shop.stored["key"]
    shop.send()
    shop.status("Sent")
    assert api.keys == [key, key]


@pytest.mark.thorough
def test_a_corrected_field_loses_its_message(shop: Shop) -> None:
    """The message follows what is typed: another violation, or none."""
    shop.fill(price="0")
    shop.send()
    assert shop.error("items[0].price") == "Must be greater than 0"
    shop.field("items[0].price").fill("1.00005")
    assert shop.error("items[0].price") == "Must have at most 4 decimal places"
    shop.field("items[0].price").fill("1")
    assert shop.errors() == {}
    assert shop.field("items[0].price").get_attribute("aria-invalid") is None


@pytest.mark.thorough
def test_items_are_removed_with_their_messages(shop: Shop) -> None:
    """After a removal, the other items keep their values and messages under their new numbers."""
    shop.fill()
    for index, price in enumerate(("2", "0"), start=1):
        shop.field("items").click()
        shop.field(f"items[{index}].productId").fill(f"PROD-{index}")
        shop.field(f"items[{index}].price").fill(price)
    shop.send()
    assert shop.errors() == {"items[2].price": "Must be greater than 0"}
    shop.button("Remove item 1").click()
    assert shop.errors() == {"items[1].price": "Must be greater than 0"}
    assert shop.focused() == "items[0].productId"
    assert shop.field("items[0].productId").input_value() == "PROD-1"
    assert shop.text_of("#total") == "€2.00"
    assert shop.page.locator("#announcement").text_content() == "Item 1 removed. Total €2.00."
    described = shop.field("items[1].price").get_attribute("aria-describedby")
    assert described == "items[1].price-error"


@pytest.mark.thorough
def test_an_order_needs_an_item(shop: Shop) -> None:
    """Without items, the violation is at the button that adds one, which has the focus."""
    shop.fill()
    shop.button("Remove item 1").click()
    shop.send()
    assert shop.errors() == {"items": "Must have at least 1 entry"}
    assert shop.focused() == "items"


@pytest.mark.thorough
def test_quantities_are_changed_by_buttons(shop: Shop) -> None:
    """The buttons beside a quantity stay within the limits of the API."""
    shop.fill(quantity="999")
    quantity = shop.field("items[0].quantity")
    more = shop.button("More of item 1")
    more.click()
    more.click()
    assert quantity.input_value() == "1000"
    assert shop.text_of("#total") == "€29,990.00"
    quantity.fill("")
    shop.button("Fewer of item 1").click()
    assert quantity.input_value() == "1"


@pytest.mark.thorough
def test_a_form_can_be_cleared(shop: Shop) -> None:
    """Nothing that was typed remains on the device, and the key is another one."""
    shop.fill()
    key = shop.stored["key"]
    shop.page.on("dialog", lambda dialog: dialog.accept())
    shop.button("Clear the form").click()
    assert shop.field("customerName").input_value() == ""
    assert shop.text_of("#total") == "€0.00"
    assert shop.stored["values"] == {}
    assert shop.stored["key"] != key


@pytest.mark.thorough
def test_a_violation_is_not_hidden(shop: Shop) -> None:
    """A field in the closed part is opened by its violation, also if another one has the focus."""
    shop.page.get_by_text("Delivery and notes").click()
    shop.field("shippingAddress.city").fill("x" * 201)
    shop.page.get_by_text("Delivery and notes").click()
    shop.fill(customerName="J")
    shop.send()
    assert shop.focused() == "customerName"
    assert shop.field("shippingAddress.city-error").is_visible()
