"""Tests: text is compared, stored and looked up in Unicode NFC."""

from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.validation.normalization import nfc
from tests.handlers.validation.text_fields import TEXT_FIELDS
from tests.support.lookups import get_orders
from tests.support.requests import an_order
from tests.support.strategies import hundred_examples

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_NFC = "Zo\u00eb \u00d8rsted"
_NFD = normalize("NFD", _NFC)
_texts = st.text(st.characters(codec="utf-8"), max_size=8)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("field", TEXT_FIELDS)
@pytest.mark.parametrize("escaped", [True, False])
def test_other_form_is_a_replay(account: MockAccount, field: str, *, escaped: bool) -> None:
    """The same order in NFD and in NFC is a replay, and stored in NFC."""
    first, second = (
        json.dumps(TEXT_FIELDS[field](text), ensure_ascii=escaped) for text in (_NFD, _NFC)
    )

    assert account.post(first, key="key-1").status == 200
    again = account.post(second, key="key-1")

    assert (again.status, again.headers.get("Idempotent-Replayed")) == (200, "true")
    assert normalize("NFC", str(account.orders()[0])) == str(account.orders()[0])


def test_length_is_counted_in_nfc(account: MockAccount) -> None:
    """A letter with a separate accent counts as one character."""
    assert account.post(an_order(customerName=normalize("NFD", "\u00eb") * 100)).status == 200
    assert account.post(an_order(customerName=normalize("NFD", "\u00eb") * 101)).status == 400
    assert account.post(an_order(customerName=normalize("NFD", "\u00eb"))).status == 400


@pytest.mark.parametrize(("stored", "requested"), [(_NFC, _NFD), (_NFD, _NFC)])
@pytest.mark.parametrize("gateway", ["http", "rest"])
def test_orders_are_listed_by_the_other_form(
    account: MockAccount, stored: str, requested: str, gateway: str
) -> None:
    """A customer's orders are listed for either form of the customer ID, by both gateways."""
    account.post(an_order(customerId=stored))
    request = get_orders(requested)

    event = request.through_http_api() if gateway == "http" else request.through_rest_api()
    response = account.send(event, "lookup")

    assert response.status == 200
    assert len(response.body["orders"]) == 1


@pytest.mark.parametrize(
    "body",
    [
        '{"shippingAddress": {"caf\u00e9": "1", "cafe\u0301": "2"}}',
        '{"shippingAddress": {"caf\\u00e9": "1", "cafe\\u0301": "2"}}',
    ],
)
def test_names_that_become_equal_are_refused(account: MockAccount, body: str) -> None:
    """Two names that are equal in NFC are a repeated name."""
    response = account.post("{" + json.dumps(an_order())[1:-1] + "," + body[1:])

    assert response.status == 400
    assert response.body["errors"] == [
        {"field": "shippingAddress.caf\u00e9", "message": "Must not appear more than once"}
    ]


@hundred_examples
@given(value=_json)
def test_all_text_is_in_nfc(value: Any) -> None:
    """Every text of a JSON value is normalized, and only once."""
    written = json.dumps(nfc(value), ensure_ascii=False, default=str)

    assert unicodedata.is_normalized("NFC", written)
    assert nfc(nfc(value)) == nfc(value)


def test_deep_nesting_is_normalized() -> None:
    """JSON may nest deeper than Python's stack, and the argument is not modified."""
    nested: list[Any] = [_NFD]
    for _ in range(50_000):
        nested = [nested]
    inner = nfc(nested)
    while isinstance(inner[0], list):
        inner = inner[0]

    assert inner == [_NFC]
    argument = {"a": [_NFD]}
    nfc(argument)
    assert argument == {"a": [_NFD]}
