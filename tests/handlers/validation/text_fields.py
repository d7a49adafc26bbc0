"""Every text of an order, by field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.support.requests import an_order, an_order_with_item

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# By the field that a violation names: an order with a text in it.
TEXT_FIELDS: Final[Mapping[str, Callable[[str], dict[str, Any]]]] = {
    "customerName": lambda text: an_order(customerName=text),
    "customerId": lambda text: an_order(customerId=text),
    "notes": lambda text: an_order(notes=text),
    "priority": lambda text: an_order(priority=text),
    "items[0].productId": lambda text: an_order_with_item(productId=text),
    "items[0].productName": lambda text: an_order_with_item(productName=text),
    "shippingAddress.street": lambda text: an_order(shippingAddress={"street": text}),
    "billingAddress.{}": lambda text: an_order(billingAddress={text: "1 Main St"}),
}

# Those that the confirmation email shows.
SHOWN_FIELDS: Final = ("customerName", "items[0].productId", "items[0].productName")
