"""Invalid bodies of `POST /orders`, each with the field that the violation names."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from tests.support.requests import an_order, an_order_with_item

_MARK: Final = "@@"


class Hostile(NamedTuple):
    """A body and the invalid field."""

    name: str
    field: str
    body: Any


def _item(name: str, field: str, literal: str) -> Hostile:
    """A case with a literal in a field of an item, which need not be valid JSON."""
    return Hostile(
        name, f"items[0].{field}", _literal(an_order_with_item(**{field: _MARK}), literal)
    )


def _order(name: str, field: str, literal: str) -> Hostile:
    """A case with a literal in a field of the order."""
    return Hostile(name, field, _literal(an_order(**{field: _MARK}), literal))


def _literal(order: dict[str, Any], literal: str) -> str:
    return json.dumps(order).replace(f'"{_MARK}"', literal)


def _with_text(text: str) -> str:
    """A valid order with more text at its start."""
    return "{" + text + "," + json.dumps(an_order())[1:]


_ONE: Final = {"productId": "P-1", "quantity": 1, "price": 1}

NOT_JSON: Final = [
    Hostile("no body", "body", None),
    Hostile("empty body", "body", ""),
    Hostile("cut off", "body", json.dumps(an_order())[:-1]),
    Hostile("two values", "body", "{} {}"),
    Hostile("single quotes", "body", "{'customerName': 'Jane'}"),
    Hostile("trailing comma", "body", '{"customerName": "Jane",}'),
    Hostile("line break inside a string", "body", json.dumps(an_order()).replace("Jane", "Jane\n")),
    Hostile("zero byte", "body", "\x00"),
    Hostile("lone surrogate outside a string", "body", json.dumps(an_order()) + "\ud800"),
    Hostile("arrays nested 5,000 deep", "body", "[" * 5_000 + "]" * 5_000),
    Hostile("objects nested 1,500 deep", "body", "[" + '{"a":' * 1_500 + "1" + "}" * 1_500 + "]"),
    Hostile("arrays opened and never closed", "body", "[" * 10_000),
]

SHAPES: Final = [
    Hostile("null", "body", "null"),
    Hostile("an array", "body", "[]"),
    Hostile("a string", "body", '"order"'),
    Hostile("a number", "body", "1e400"),
    Hostile("NaN", "body", "NaN"),
    Hostile("items is an object", "items", an_order(items={"0": _ONE})),
    Hostile("an item is null", "items[1]", an_order(items=[_ONE, None])),
    Hostile("an item is an array", "items[0]", an_order(items=[[]])),
    Hostile("an item is text", "items[0]", an_order(items=["P-1"])),
    _order("notes nested 100 deep", "notes", "[" * 100 + "]" * 100),
    _order("notes nested 900 deep", "notes", '{"a":' * 900 + "1" + "}" * 900),
    Hostile(
        "address holds an object",
        "shippingAddress.street",
        an_order(shippingAddress={"street": {"no": "1"}}),
    ),
    Hostile("address is empty", "billingAddress", an_order(billingAddress={})),
    Hostile("address is text", "shippingAddress", an_order(shippingAddress="1 Main St")),
    Hostile("no items", "items", an_order(items=[])),
    Hostile("51 items", "items", an_order(items=[_ONE] * 51)),
]

_PRICES: Final = """
    NaN Infinity -Infinity 1e400 -1e400 1e99999999999999999999 true false null "29.99" "" [29.99] {}
    0 -0.0 0e10 -0.01 0.00001 1e-400 1000000 999999.991
"""
_QUANTITIES: Final = '1.5 2.0 1e0 "2" true null [] 0 -1 1001 NaN 9999999999999999999'
_NOT_JSON_NUMBERS: Final = "01 +1 .5 1. 1_000 0x10 1e --1 1,5 \uff11 1f undefined"

NUMBERS: Final = [
    *(_item(f"price {each}", "price", each) for each in _PRICES.split()),
    *(_item(f"quantity {each}", "quantity", each) for each in _QUANTITIES.split()),
    *(_item(f"{name} of 5,000 digits", name, "9" * 5_000) for name in ("price", "quantity")),
    *(
        Hostile(
            f"price {each}, which is not JSON",
            "body",
            _literal(an_order_with_item(price=_MARK), each),
        )
        for each in _NOT_JSON_NUMBERS.split()
    ),
    _item("quantity in other digits", "quantity", '"\u0662"'),
    _item("subtotal differs", "subtotal", "59.99"),
    _item("subtotal is text", "subtotal", '"59.98"'),
    _item("subtotal is NaN", "subtotal", "NaN"),
    _order("total differs", "totalAmount", "109.96"),
    _order("total differs by less than a float can tell", "totalAmount", "109.970000000000000001"),
    _order("total is beyond floats", "totalAmount", "1e400"),
    _order("total is true", "totalAmount", "true"),
]

KEYS: Final = [
    Hostile("a field twice", "customerName", _with_text('"customerName":"Jane Roe"')),
    Hostile("a field twice, first one wrong", "customerEmail", _with_text('"customerEmail":1')),
    Hostile("items twice", "items", _with_text('"items":[]')),
    _item("an item's field twice", "price", '1,"price":1'),
    Hostile("an unknown field twice", "x", _with_text('"x":1,"x":2')),
    Hostile(
        "an address line twice",
        "shippingAddress.a",
        _with_text('"shippingAddress":{"a":"1","a":"2"}'),
    ),
    Hostile("an unknown field", "orderID", an_order(orderID="A-1")),
    Hostile("an unknown field of an item", "items[0].colour", an_order_with_item(colour="red")),
    Hostile("an attribute of Python", "__class__", an_order(__class__="x")),
    Hostile("a prototype", "__proto__", an_order(__proto__={"isAdmin": True})),
    Hostile("a constructor", "constructor", an_order(constructor={"prototype": {"isAdmin": True}})),
    Hostile("a field that is computed", "status", an_order(status="SHIPPED")),
    Hostile("an internal field", "expiresAt", an_order(expiresAt=1)),
    Hostile(
        "a field in other letters", "customer\u0435mail", {**an_order(), "customer\u0435mail": "x"}
    ),
    Hostile("a field with a space", "notes ", {**an_order(), "notes ": "x"}),
    Hostile("an empty field", "body", {**an_order(), "": "x"}),
    Hostile("a database's operator", "customerId", an_order(customerId={"$ne": None})),
    Hostile("a database's type", "orderId", an_order(orderId={"S": "A-1"})),
    Hostile("itemId differs from productId", "items[0].itemId", an_order_with_item(itemId="OTHER")),
    Hostile(
        "itemId is a number", "items[0].productId", an_order_with_item(productId=None, itemId=5)
    ),
    Hostile("lone surrogate in a field's name", "body", _with_text('"\\ud800":1')),
]

TEXTS: Final = [
    Hostile("name with a zero byte", "customerName", an_order(customerName="Jane\x00Roe")),
    Hostile(
        "name that adds a header",
        "customerName",
        an_order(customerName="Jane\r\nBcc: all@example.com"),
    ),
    Hostile("name with a line separator", "customerName", an_order(customerName="Jane\u2028Roe")),
    Hostile("name with an escape sequence", "customerName", an_order(customerName="Jane\x1b[31m")),
    Hostile("name with a C1 control", "customerName", an_order(customerName="Jane\x9bRoe")),
    Hostile(
        "name with a character that SQS refuses",
        "customerName",
        an_order(customerName="Jane\uffff"),
    ),
    Hostile("name of one character", "customerName", an_order(customerName="J")),
    Hostile("name of one character and space", "customerName", an_order(customerName="  J  ")),
    Hostile("name of spaces", "customerName", an_order(customerName="     ")),
    Hostile("name of 101 characters", "customerName", an_order(customerName="J" * 101)),
    Hostile("name is a number", "customerName", an_order(customerName=5)),
    Hostile(
        "email that adds a header",
        "customerEmail",
        an_order(customerEmail="jane@example.com\r\nBcc: x@example.com"),
    ),
    Hostile(
        "email with a line break", "customerEmail", an_order(customerEmail="jane@exam\nple.com")
    ),
    Hostile(
        "email that is an encoded word",
        "customerEmail",
        an_order(customerEmail="=?utf-8?q?joe=40b.co=2C?=jane@b.co"),
    ),
    Hostile(
        "two emails", "customerEmail", an_order(customerEmail="jane@example.com,joe@example.com")
    ),
    Hostile(
        "email with a display name",
        "customerEmail",
        an_order(customerEmail="Jane <jane@example.com>"),
    ),
    Hostile(
        "email with an SMTP command",
        "customerEmail",
        an_order(customerEmail="jane@example.com>\r\nDATA"),
    ),
    Hostile("email without a domain", "customerEmail", an_order(customerEmail="jane@")),
    Hostile(
        "email is null",
        "customerEmail",
        json.dumps(an_order()).replace('"jane.roe@example.com"', "null"),
    ),
    Hostile(
        "product name with a line break",
        "items[0].productName",
        an_order_with_item(productName="A\nB"),
    ),
    Hostile("product ID is empty", "items[0].productId", an_order_with_item(productId="")),
    Hostile(
        "product ID of 129 characters",
        "items[0].productId",
        an_order_with_item(productId="P" * 129),
    ),
    Hostile("notes with a bell", "notes", an_order(notes="ring \x07")),
    Hostile("customer ID of spaces", "customerId", an_order(customerId="  ")),
    Hostile("priority with a line break", "priority", an_order(priority="high\nlow")),
    Hostile(
        "address line with a line break",
        "shippingAddress.a",
        an_order(shippingAddress={"a": "b\nc"}),
    ),
    *(
        _order(f"lone surrogate in {field}", field, '"a\\udfff"')
        for field in (
            "customerName",
            "customerEmail",
            "customerId",
            "notes",
            "currency",
            "orderId",
            "priority",
        )
    ),
    Hostile("currency in lower case", "currency", an_order(currency="usd")),
    Hostile("currency for tests", "currency", an_order(currency="XXX")),
    Hostile("currency is a number", "currency", an_order(currency=840)),
    Hostile("order ID with a space", "orderId", an_order(orderId="A 1")),
    Hostile("order ID with a line break", "orderId", an_order(orderId="A-1\n")),
    Hostile("order ID of 129 characters", "orderId", an_order(orderId="A" * 129)),
    Hostile("order ID is empty", "orderId", an_order(orderId="")),
    Hostile("order ID with markup", "orderId", an_order(orderId="<b>1</b>")),
]

HOSTILE: Final = [*NOT_JSON, *SHAPES, *NUMBERS, *KEYS, *TEXTS]
