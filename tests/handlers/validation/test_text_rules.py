"""Tests: the characters of texts in an order, and the visibility of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from handlers.validation import text
from tests.handlers.validation.text_fields import SHOWN_FIELDS, TEXT_FIELDS
from tests.support.lookups import get_orders
from tests.support.requests import an_order, an_order_with_item

if TYPE_CHECKING:
    from tests.support.mock_account import ApiResponse, MockAccount

_BIDIRECTIONAL = [chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))]
_SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

ALLOWED = {
    "Persian with ZWNJ": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "Malayalam with ZWJ": "\u0d28\u0d4d\u200d",
    "a family of emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 set",
    "Hebrew with LRM": "\u05e9\u05dc\u05d5\u05dd\u200e 5",
    "Hebrew with RLM": "\u200f\u05e9\u05dc\u05d5\u05dd",
    "Arabic with ALM": "\u061c\u0645\u0631\u062d\u0628\u0627",
    "Thai with ZWSP": "\u0e2a\u0e27\u0e31\u0e2a\u200b\u0e14\u0e35",
    "a soft hyphen": "Donau\u00addampfer",
    "a byte order mark": "\ufeffWidget",
    "the flag of Scotland": f"{_SCOTLAND} shirt",
    "Devanagari": "\u0928\u092e\u0938\u094d\u0924\u0947",
    "Chinese": "\u7530\u4e2d",
    "emoji": "\u2764\ufe0f\U0001f600",
    "private use": "\uf8ff Watch",
}
INVISIBLE = {
    "format characters": "\u200b\u200c\u200d\u2060\ufeff",
    "soft hyphens": "\u00ad\u00ad\u00ad",
    "marks without a letter": "\u0301\u0308",
    "Hangul fillers": "\u3164\u115f\u1160\uffa0",
    "blank braille": "\u2800\u2800",
    "marks of direction": "\u200e\u200f\u061c",
    "variation selectors": "\ufe0f\ufe0e\U000e0100",
    "joiners and blanks": "\u200d \u200d",
    "a mark on a no-break space": "\u200b\u00a0\u0301",
    "a musical blank": "\U0001d159\U0001d159",
    "grapheme joiners": "\u034f\u034f",
}


def _message(response: ApiResponse, field: str, value: str) -> str:
    assert response.status == 400
    (error,) = response.body["errors"]
    assert error["field"] == field.format(value)
    return str(error["message"])


@pytest.mark.parametrize("field", TEXT_FIELDS)
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        *(
            (f"Widget{each}99.1", "bidirectional overrides, embeddings or isolates")
            for each in _BIDIRECTIONAL
        ),
        ("Widget\U000e0041\U000e0042", "invisible tag characters"),
        (f"{_SCOTLAND[:-1]} shirt", "invisible tag characters"),
        ("\U0001f3f4\U000e0041", "invisible tag characters"),
        ("x" + "\u0301" * 31, "more than 30 combining marks in a row"),
        ("x" + "\u0301\u0316" * 16, "more than 30 combining marks in a row"),
    ],
    ids=ascii,
)
def test_deceptive_characters_are_refused(
    account: MockAccount, field: str, value: str, rule: str
) -> None:
    """Bidirectional overrides, tag characters and stacked marks are refused in every text."""
    message = _message(account.post(TEXT_FIELDS[field](value)), field, value)

    assert message.casefold().endswith(f"must not contain {rule}")
    assert account.orders() == []


@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_thirty_combining_marks_are_accepted(account: MockAccount, field: str) -> None:
    """Up to 30 combining marks in a row are accepted in every text."""
    assert account.post(TEXT_FIELDS[field]("Wx" + "\u0301" * 30 + "t")).status == 200


@pytest.mark.parametrize("field", TEXT_FIELDS)
@pytest.mark.parametrize("value", ALLOWED.values(), ids=ALLOWED)
def test_text_of_every_script_is_accepted(account: MockAccount, field: str, value: str) -> None:
    """Joiners, directional marks and other characters of scripts and emoji are accepted."""
    assert account.post(TEXT_FIELDS[field](value)).status == 200


@pytest.mark.parametrize("field", SHOWN_FIELDS)
@pytest.mark.parametrize("value", INVISIBLE.values(), ids=INVISIBLE)
def test_names_need_a_visible_character(account: MockAccount, field: str, value: str) -> None:
    """An invisible name of a customer or product, or product ID, is refused."""
    message = _message(account.post(TEXT_FIELDS[field](value)), field, value)

    assert message == "Must contain a visible character"


@pytest.mark.parametrize(
    ("field", "longest"),
    [
        ("customerName", 100),
        ("customerId", 128),
        ("priority", 128),
        ("items[0].productId", 128),
        ("items[0].productName", 200),
        ("shippingAddress.street", 200),
        ("billingAddress.{}", 128),
    ],
)
def test_text_is_bounded(account: MockAccount, field: str, longest: int) -> None:
    """Every text has a maximum length, which the message states."""
    assert account.post(TEXT_FIELDS[field]("n" * longest)).status == 200
    account.clear()

    value = "n" * (longest + 1)
    message = _message(account.post(TEXT_FIELDS[field](value)), field, value)

    assert message.casefold().endswith(f"must be at most {longest} characters")
    assert account.orders() == []


@pytest.mark.parametrize("character", [*_BIDIRECTIONAL, "\U000e0041"])
def test_paths_follow_the_same_rules(account: MockAccount, character: str) -> None:
    """A path with an invalid customerId returns 404 without a read."""
    assert not text.is_customer_id(f"a{character}")
    response = account.send(get_orders(f"a{character}").through_http_api(), "lookup")
    assert response.status == 404
    assert account.operations == []


def test_product_name_and_id_are_visible(account: MockAccount) -> None:
    """Neither the name nor the ID of a product may be invisible."""
    for names in ({"productName": "\u200b"}, {"productId": "\u200b", "productName": "Widget"}):
        assert account.post(an_order_with_item(**names)).status == 400
    assert account.post(an_order(customerName="\u200bJo")).status == 200


@pytest.mark.parametrize("field", [field for field in TEXT_FIELDS if field != "notes"])
def test_single_line_texts_are_trimmed(account: MockAccount, field: str) -> None:
    """Single-line texts are stored without surrounding white space."""
    assert account.post(TEXT_FIELDS[field](" Gadget \u00a0")).status == 200

    (order,) = account.orders()
    assert "'Gadget'" in str(order)


@pytest.mark.parametrize(
    ("field", "value"), [("orderId", " o1 "), ("orderId", "o1\n"), ("currency", " USD ")]
)
def test_ids_and_codes_are_not_trimmed(account: MockAccount, field: str, value: str) -> None:
    """An orderId or a currency with surrounding white space is refused."""
    response = account.post(an_order(**{field: value}))

    assert response.status == 400
    assert [error["field"] for error in response.body["errors"]] == [field]
    assert account.post(an_order(**{field: value.strip()})).status == 200
