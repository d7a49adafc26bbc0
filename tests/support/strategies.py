"""Hypothesis strategies: valid orders, and orders with violations of every kind."""

from __future__ import annotations

import string
import unicodedata
from decimal import Decimal
from typing import Any

import simplejson
from hypothesis import settings
from hypothesis import strategies as st

from handlers.validation import currencies
from handlers.validation.email_addresses import email_address_problem
from handlers.validation.schemas import ITEM_FIELDS, ORDER_FIELDS
from handlers.validation.text import is_visible
from handlers.validation.web_addresses import holds_domain, holds_web_address
from tests.support.requests import an_order, an_order_with_item

# The same examples on every machine and in every run.
hundred_examples = settings(max_examples=100, deadline=None, derandomize=True)

# Without control characters (Cc), surrogates (Cs), line and paragraph separators (Zl, Zp),
# bidirectional overrides, embeddings and isolates, tags, what SQS refuses (U+FFFE and U+FFFF), and
# U+FFFD, which stands for bytes that are not UTF-8.
_characters = st.characters(
    codec="utf-8",
    exclude_categories=("Cc", "Cs", "Zl", "Zp"),
    exclude_characters="\ufffd\ufffe\uffff"
    + "".join(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xE0000, 0xE0080)))),
)


def texts(min_size: int = 1, max_size: int = 40) -> st.SearchStrategy[str]:
    """Text in any script; the sizes are those of the stored text, trimmed and in NFC."""
    return st.text(_characters, min_size=min_size, max_size=max_size).filter(
        lambda text: min_size <= len(as_stored(text)) <= max_size
    )


def as_stored(text: str) -> str:
    """Text in NFC, trimmed."""
    return unicodedata.normalize("NFC", text).strip()


def names(min_size: int = 1, max_size: int = 40) -> st.SearchStrategy[str]:
    """Text with a visible character, and without a web address."""
    return texts(min_size, max_size).filter(
        lambda text: is_visible(text) and not holds_web_address(text) and not holds_domain(text)
    )


prices = st.decimals(min_value=Decimal("0.0001"), max_value=Decimal("999999.99"), places=4)
items = st.fixed_dictionaries(
    {
        "productId": names(),
        "quantity": st.integers(1, 1000),
        "price": prices | st.integers(1, 999_999),
    },
    optional={"productName": names()},
)
addresses = st.dictionaries(texts(max_size=20), texts(), min_size=1, max_size=4).filter(
    lambda lines: len({as_stored(name) for name in lines}) == len(lines)
)
orders = st.fixed_dictionaries(
    {
        "customerName": names(2, 100),
        "customerEmail": st.emails().filter(lambda address: email_address_problem(address) is None),
        "items": st.lists(items, min_size=1, max_size=6),
    },
    optional={
        "customerId": texts(),
        "currency": st.sampled_from(sorted(currencies.CODES)),
        "shippingAddress": addresses,
        "billingAddress": addresses,
        "notes": texts(),
        "priority": st.sampled_from(["low", "normal", "high"]),
    },
)


def body(order: Any) -> str:
    """An order as JSON with exact amounts."""
    return simplejson.dumps(order, use_decimal=True, ensure_ascii=False, allow_nan=True)


not_text: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.lists(st.integers(), max_size=2) | st.just({})
)
not_lists: st.SearchStrategy[Any] = (
    st.just([]) | st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just({})
)
not_numbers: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.text(max_size=5) | st.just([]) | st.just({})
)

# Not one address by the grammar of RFC 5322.
not_addresses = st.one_of(
    st.text(_characters, max_size=30).filter(lambda text: "@" not in text),
    st.emails().map(lambda address: address.replace("@", "")),
    st.emails().map(lambda address: address + address),
    st.emails().map(lambda address: f"{address},{address}"),
    st.emails().map(lambda address: f"Jane Roe <{address}>"),
    st.emails().map(lambda address: "." + address),
    st.emails().map(lambda address: address.replace("@", ".@")),
    st.emails().map(lambda address: address.replace("@", "@.")),
    st.emails().map(lambda address: address.replace("@", "@-")),
    st.emails().map(lambda address: address + "."),
    st.emails().map(lambda address: address + "\x00"),
    st.emails().map(lambda address: f"=?{address}"),
    st.emails().map(lambda address: address.split("@")[0] + "@"),
    st.emails().map(lambda address: "@" + address.split("@")[1]),
    st.emails().map(lambda address: "l" * 65 + address),
    st.emails().flatmap(
        lambda address: st.sampled_from(' "(),:;<>[]\\\r\n\x00').map(
            lambda char: address.replace("@", f"{char}@")
        )
    ),
)
short_names = st.sampled_from(["", " ", "\t \n"]) | _characters.filter(
    lambda character: len(as_stored(character)) == 1
).map(lambda character: f" {character} ")
quantities_too_low = st.integers(max_value=0)
prices_too_low = st.decimals(max_value=0, allow_nan=False, places=2) | st.integers(max_value=0)

# The field that the violation names, and its invalid value.
_broken_order_fields = st.one_of(
    st.tuples(st.just("customerName"), short_names | not_text | texts(101, 130)),
    st.tuples(st.just("customerEmail"), not_addresses | not_text),
    st.tuples(st.just("items"), not_lists),
    st.tuples(
        st.just("currency"),
        st.text(string.ascii_lowercase, max_size=3) | not_text.filter(lambda x: x is not None),
    ),
    st.tuples(st.just("unknown"), st.integers()),
    st.tuples(
        st.just("totalAmount"), st.booleans() | st.text(max_size=3) | st.just(Decimal("0.00001"))
    ),
)
_broken_item_fields = st.one_of(
    st.tuples(st.just("productId"), st.just("") | not_text),
    st.tuples(
        st.just("quantity"), quantities_too_low | st.integers(min_value=1001) | not_numbers | prices
    ),
    st.tuples(
        st.just("price"),
        prices_too_low | not_numbers | st.just(Decimal(1000000)) | st.just(Decimal("NaN")),
    ),
    st.tuples(st.just("unknown"), st.integers()),
)
broken_order_fields = st.lists(
    _broken_order_fields, max_size=4, unique_by=lambda pair: pair[0]
).map(dict)
broken_item_fields = st.lists(_broken_item_fields, max_size=3, unique_by=lambda pair: pair[0]).map(
    dict
)


@st.composite
def invalid_orders(draw: st.DrawFn) -> tuple[dict[str, Any], set[str]]:
    """An order with at least one violation, and the fields that the violations name."""
    of_order = draw(broken_order_fields)
    of_item = {} if "items" in of_order else draw(broken_item_fields)
    if not of_order and not of_item:
        of_order = {"customerName": draw(short_names)}
    order = {**an_order_with_item(**of_item), **of_order}
    # `an_order` leaves out fields of None.
    order = {**order, **{field: value for field, value in of_order.items() if value is None}}
    if "items" not in of_order:
        order["items"] = [{**order["items"][0], **of_item}]
    return order, {*of_order, *(f"items[0].{field}" for field in of_item)} - _unverified_total(
        of_order, of_item
    )


def _unverified_total(of_order: dict[str, Any], of_item: dict[str, Any]) -> set[str]:
    """The total, if it is a number that cannot be compared because an item is invalid."""
    is_number = isinstance(of_order.get("totalAmount"), Decimal)
    return {"totalAmount"} if is_number and (of_item or "items" in of_order) else set()


SECRET = "ZzSecretzZ"
"""Is in some values of `any_orders`."""

_any_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=True)
    | st.text(max_size=5)
    | st.sampled_from(
        [
            SECRET,
            SECRET * 50,
            f"{SECRET}\n",
            f"\u202e{SECRET}",
            f"{SECRET}.com/a",
            f"{SECRET}@",
        ]
    )
)
_any_values = st.recursive(
    _any_scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
)
_order_names = st.sampled_from(sorted(ORDER_FIELDS))
_item_names = st.sampled_from(sorted(ITEM_FIELDS))


@st.composite
def _any_orders(draw: st.DrawFn) -> dict[str, Any]:
    of_order = draw(st.dictionaries(_order_names, _any_values, max_size=3))
    of_item = draw(st.dictionaries(_item_names, _any_values, max_size=3))
    missing = draw(st.sets(_order_names, max_size=2))
    items = [{**an_order_with_item()["items"][0], **of_item}]
    order = {**an_order(items=items), **of_order}
    return {name: value for name, value in order.items() if name not in missing}


any_orders = _any_orders()
"""An order with any values in some fields, and without others."""
