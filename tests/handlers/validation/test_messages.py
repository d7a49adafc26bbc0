"""Tests: validation messages have one style, with the limit or the expected value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from handlers.common import exact_json
from handlers.validation import messages
from handlers.validation.validator import request_validator
from tests.support.requests import an_order, an_order_with_item

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_ITEM = {"productId": "P-1", "quantity": 1, "price": 1}
_EMAIL = "Must be a valid email address"
_ORDER_ID = "Must be 1 to 128 letters, digits or . _ : - and start with a letter or digit"


def _twice(field: str) -> str:
    return "{" + f'"{field}": 1, ' + json.dumps(an_order(**{field: "x"}))[1:]


TABLE: list[tuple[Any, str, str]] = [
    # Presence and names of fields
    (an_order(customerName=None), "customerName", "Must be present"),
    (an_order(items=None), "items", "Must be present"),
    (an_order(items=[{"productId": "P", "quantity": 1}]), "items[0].price", "Must be present"),
    (an_order(colour="red"), "colour", "Is not a field of an order"),
    (_twice("notes"), "notes", "Must not appear more than once"),
    # Types
    ([], "body", "Must be an object"),
    (an_order(items={}), "items", "Must be an array"),
    (an_order(items=[5]), "items[0]", "Must be an object"),
    (an_order(shippingAddress="x"), "shippingAddress", "Must be an object"),
    (an_order(customerName=5), "customerName", "Must be a string"),
    (an_order(notes=["x"]), "notes", "Must be a string"),
    (an_order(currency=840), "currency", "Must be a string"),
    (an_order(shippingAddress={"a": 1}), "shippingAddress.a", "Must be a string"),
    (an_order_with_item(quantity="2"), "items[0].quantity", "Must be an integer"),
    (an_order_with_item(quantity=1.5), "items[0].quantity", "Must be an integer"),
    (an_order_with_item(quantity=True), "items[0].quantity", "Must be an integer"),
    (an_order_with_item(price="29.99"), "items[0].price", "Must be a number"),
    (an_order_with_item(price=True), "items[0].price", "Must be a number"),
    (an_order(totalAmount="1"), "totalAmount", "Must be a number"),
    (
        json.dumps(an_order_with_item(price=7.25)).replace("7.25", "NaN"),
        "items[0].price",
        "Must be a finite number",
    ),
    # Lengths
    (an_order(customerName="J"), "customerName", "Must be at least 2 characters"),
    (an_order(customerName="J" * 101), "customerName", "Must be at most 100 characters"),
    (an_order(customerId=" "), "customerId", "Must be at least 1 character"),
    (an_order(customerId="c" * 129), "customerId", "Must be at most 128 characters"),
    (
        an_order_with_item(productName="n" * 201),
        "items[0].productName",
        "Must be at most 200 characters",
    ),
    (
        an_order(shippingAddress={"a": "1" * 201}),
        "shippingAddress.a",
        "Must be at most 200 characters",
    ),
    (
        an_order(shippingAddress={" ": "1"}),
        "shippingAddress.",
        "Name must be at least 1 character",
    ),
    (
        an_order(shippingAddress={"a\nb": "1"}),
        "shippingAddress.a\nb",
        "Name must not contain control characters or line breaks",
    ),
    (an_order(shippingAddress={"[key]": 1}), "shippingAddress.[key]", "Must be a string"),
    (an_order(shippingAddress={}), "shippingAddress", "Must have at least 1 entry"),
    (an_order(items=[]), "items", "Must have at least 1 entry"),
    (an_order(items=[_ITEM] * 51), "items", "Must have at most 50 entries"),
    # Limits
    (an_order_with_item(quantity=0), "items[0].quantity", "Must be at least 1"),
    (an_order_with_item(quantity=1001), "items[0].quantity", "Must be at most 1000"),
    (an_order_with_item(price=0), "items[0].price", "Must be greater than 0"),
    (an_order_with_item(price=1_000_000), "items[0].price", "Must be at most 999999.99"),
    (an_order_with_item(price=0.00001), "items[0].price", "Must have at most 4 decimal places"),
    # Text
    (
        an_order(customerName="Jane\nRoe"),
        "customerName",
        "Must not contain control characters or line breaks",
    ),
    (an_order(notes="\x07"), "notes", "Must not contain control characters"),
    (
        an_order(notes="\u202e"),
        "notes",
        "Must not contain bidirectional overrides, embeddings or isolates",
    ),
    (an_order(notes="\U000e0041"), "notes", "Must not contain invisible tag characters"),
    (
        an_order(notes="a" + "\u0316" * 31),
        "notes",
        "Must not contain more than 30 combining marks in a row",
    ),
    (an_order(customerName="\u200b\u200b"), "customerName", "Must contain a visible character"),
    (an_order(customerName="evil.com"), "customerName", "Must not contain a web address"),
    ('{"notes": "\\ud800", ' + json.dumps(an_order())[1:], "notes", "Must be valid Unicode text"),
    # Kinds of text
    (an_order(customerEmail="jane"), "customerEmail", _EMAIL),
    (an_order(currency="usd"), "currency", "Must be an ISO 4217 currency code such as USD"),
    (an_order(orderId="{curly}"), "orderId", _ORDER_ID),
    (
        an_order_with_item(itemId="OTHER"),
        "items[0].itemId",
        "Must equal productId",
    ),
    # Amounts that follow from others
    (
        an_order_with_item(subtotal=59.99),
        "items[0].subtotal",
        "Must equal 59.98 (quantity x price)",
    ),
    (
        an_order_with_item(quantity=3, price=33.3333, subtotal=1),
        "items[0].subtotal",
        "Must equal 99.9999 (quantity x price)",
    ),
    (an_order(totalAmount=1), "totalAmount", "Must equal 109.97 (the sum of quantity x price)"),
    (
        an_order_with_item(quantity=1000, price=100) | {"totalAmount": 1},
        "totalAmount",
        "Must equal 100000 (the sum of quantity x price)",
    ),
]


@pytest.mark.parametrize(
    ("body", "field", "message"), TABLE, ids=[f"{field}: {message}" for _, field, message in TABLE]
)
def test_message(account: MockAccount, body: Any, field: str, message: str) -> None:
    """Each rule has a message that says what is allowed."""
    response = account.post(body)

    assert response.status == 400
    assert response.body["errors"] == [{"field": field, "message": message}]


def test_every_error_type_is_tested() -> None:
    """Every error type with a message is in the table."""
    types = set()
    for body, _, _ in TABLE:
        try:
            request_validator("required").validate_python(
                exact_json.loads(body if isinstance(body, str) else json.dumps(body))
            )
        except ValidationError as error:
            types |= {entry["type"] for entry in error.errors()}

    assert types == messages.SENTENCES.keys()
