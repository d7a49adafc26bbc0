"""The form's verdict on an order is the API's, as far as the OpenAPI document states the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.http.rejection import Rejection
from handlers.http.request import HttpRequest
from infra import config
from openapi.document import document
from tests.support.strategies import hundred_examples
from tests.web.support.api import FakeApi, order_rules

if TYPE_CHECKING:
    from tests.web.support.page import Shop

# What the form says about what is typed, and the body that it would send.
_VERDICT: Final = """async (typed) => {
  const { contentOf } = await import("/js/content.js");
  const { exactJson } = await import("/js/decimal.js");
  const { violationsIn } = await import("/js/rules.js");
  const content = contentOf(typed, ".");
  return { body: exactJson(content), violations: violationsIn(content) };
}"""

# Rules that no JSON schema states: the API alone has them.
_OF_THE_API: Final = (
    "Must contain a visible character",
    "Must not contain a web address",
    "Must not contain invisible tag characters",
    "Must not contain more than 30 combining marks in a row",
)

# The form has one message for each pattern.
_PATTERNS: Final = ("Must be a valid email address", "Must not contain control characters")
_BIDIRECTIONAL: Final = "Must not contain bidirectional overrides, embeddings or isolates"

VALID: Final = {
    "customerName": "Jane Roe",
    "customerEmail": "jane.roe@example.com",
    "currency": "EUR",
    "items[0].productId": "PROD-001",
    "items[0].quantity": "2",
    "items[0].price": "29.99",
}
TABLE: Final = (
    ("customerName", ["", " ", "J", " J ", "é", "e\u0301", "🙂", "🙂🙂", "x" * 100, "x" * 101]),
    (
        "customerName",
        ["J\u202eane", "Jane\x07", "\ufeffJane", "Jane\x85", "evil.com", "\u200b\u200b"],
    ),
    ("customerEmail", ["jane", "jane@", "jané@example.com", "jane@bücher.example", "j@e.c"]),
    ("customerEmail", [" jane@example.com ", f"{'l' * 65}@example.com", "=?a@example.com"]),
    ("currency", ["", "usd", "XXX", "EUR", "EURO"]),
    ("items[0].productId", ["", "x" * 128, "x" * 129, "http://evil.com", "\u115f"]),
    ("items[0].productName", ["", "x" * 200, "x" * 201, "a" + "\u0301" * 31]),
    ("items[0].quantity", ["", "0", "1", "1000", "1001", "-1", "2.0", "2.", "1e2", "two", "007"]),
    ("items[0].price", ["", "0", "0.0", "-1", "0.0001", "0.00001", "1.50000", "999999.99"]),
    ("items[0].price", ["1000000", "999999.991", "1,5", "1e2", "NaN", "x", ".5", "5.", "+1"]),
    ("notes", ["", " a\n\tb ", "x" * 10_000, "x" * 10_001, "\x00", "\u2067"]),
    ("customerId", ["x" * 128, "x" * 129, "a\u2028b"]),
    ("shippingAddress.city", ["", "Bremen", "x" * 200, "x" * 201, "a\u2029b"]),
)


def _violations(api: FakeApi, body: str) -> dict[str, str]:
    headers = {"content-type": "application/json"}
    request = HttpRequest(
        request_id="1",
        method="POST",
        route="POST /orders",
        headers=headers,
        body=body,
        is_base64=False,
    )
    try:
        order_rules(api).parse_order(request)
    except Rejection as rejection:
        return {each.field: each.message for each in rejection.violations}
    return {}


def _assert_same_verdict(shop: Shop, api: FakeApi, typed: dict[str, str]) -> None:
    verdict = shop.page.evaluate(_VERDICT, typed)
    found = {each["field"]: each["message"] for each in verdict["violations"]}
    expected = _violations(api, verdict["body"])
    if expected.keys() == {"body"}:  # larger than 10 KB
        return
    for field, message in expected.items():
        if field not in found:
            assert message in _OF_THE_API, (field, message)
    for field, message in found.items():
        own = expected.get(field, "")
        is_pattern = message.startswith(_PATTERNS)
        assert own == message or (is_pattern and own.startswith((message, _BIDIRECTIONAL))), field


def test_each_field_has_the_rules_of_the_api(shop: Shop, api: FakeApi) -> None:
    """The form accepts, refuses and words as the API does."""
    for field, values in TABLE:
        for value in values:
            _assert_same_verdict(shop, api, {**VALID, field: value})


@pytest.mark.thorough
def test_number_of_items_has_the_limit_of_the_api(shop: Shop, api: FakeApi) -> None:
    """An order has 1 to 50 items."""
    names = ("productId", "quantity", "price")
    order = {name: value for name, value in VALID.items() if not name.startswith("items")}
    for count in (0, 50, 51):
        items = {
            f"items[{index}].{name}": VALID[f"items[0].{name}"]
            for index in range(count)
            for name in names
        }
        _assert_same_verdict(shop, api, {**order, **items})


_texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.text(
    st.characters(codec="utf-8"), max_size=130
)
_numbers = (
    st.decimals(allow_nan=False, allow_infinity=False, places=5).map(str)
    | st.integers(-5, 1005).map(str)
    | st.text("0123456789.-e, ", max_size=6)
)
_typed = st.fixed_dictionaries(
    {},
    optional={
        "customerName": _texts,
        "customerEmail": _texts | st.emails(),
        "currency": st.sampled_from(["USD", "JPY", "", "usd"]),
        "customerId": _texts,
        "notes": _texts,
        "shippingAddress.street": _texts,
        "items[0].productId": _texts,
        "items[0].productName": _texts,
        "items[0].quantity": _numbers,
        "items[0].price": _numbers,
    },
)


def test_any_order_has_the_verdict_of_the_api(shop: Shop, api: FakeApi) -> None:
    """The form refuses any input that the API refuses, with the same messages."""

    @hundred_examples
    @given(_typed)
    def agree(typed: dict[str, str]) -> None:
        _assert_same_verdict(shop, api, {**VALID, **typed})

    agree()


@pytest.mark.thorough
def test_contact_data_is_optional_where_the_stack_says_so(shop: Shop, api: FakeApi) -> None:
    """The form reads from the document whether it needs name and email, and says so."""
    api.contact = "optional"
    shop.site.openapi = document(
        config.parse({"emailFrom": "orders@example.com", "contact": "optional"})
    )
    shop.open()
    assert "optional" in shop.page.locator("label[for=customerName]").inner_text()
    shop.fill(customerName="", customerEmail="")
    shop.send()
    shop.status("Sent")
    assert set(api.bodies[0]) == {"currency", "items"}
