"""Exact JSON, DynamoDB values, masks and timestamps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.common import aws, exact_json
from handlers.common.contract import iso_8601
from handlers.common.exact_json import REPEATED
from handlers.common.masking import mask
from handlers.validation import currencies
from handlers.validation.model import OrderRequest
from tests.support.requests import an_order

_EXAMPLES = settings(max_examples=200, deadline=None, derandomize=True)

amounts = st.decimals(
    allow_nan=False, allow_infinity=False, min_value=0, max_value=10**12, places=4
)
records = st.recursive(
    st.text() | st.integers(-(10**18), 10**18) | amounts,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4)
    ),
    max_leaves=12,
)


@_EXAMPLES
@given(records)
def test_json_round_trip_is_exact(value: Any) -> None:
    """Written and parsed again, a value is the same to the last digit."""
    assert exact_json.loads(exact_json.dumps(value)) == value


@pytest.mark.parametrize(
    "digits", ["0.1", "29.90", "0.30000000000000004", "1E+2", "1e-7", "123456789012345678901.5"]
)
def test_digits_survive(digits: str) -> None:
    """A fraction is parsed exactly, never as the nearest float."""
    number = exact_json.loads(digits)

    assert number == Decimal(digits)
    assert isinstance(number, Decimal)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e99999999999999999999"])
def test_invalid_number_is_parsed_as_nan(literal: str) -> None:
    """JSON that spells no finite number is parsed as NaN, so that validation names the field."""
    assert exact_json.loads(f'{{"price": {literal}}}')["price"].is_nan()


def test_repeated_key_is_marked() -> None:
    """The value of a repeated key is marked, not the last one."""
    assert exact_json.loads('{"a": 1, "b": 2, "a": 1}') == {"a": REPEATED, "b": 2}


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", '{"a": 1}}', "\x00", "01", "1.", "+1"])
def test_invalid_json_is_refused(text: str) -> None:
    """Text that is not JSON by its grammar is an error."""
    with pytest.raises(ValueError, match=r".+"):
        exact_json.loads(text)


@pytest.mark.slow
@_EXAMPLES
@given(st.dictionaries(st.text(min_size=1), records, max_size=4))
def test_dynamodb_values_are_those_of_boto3(record: dict[str, Any]) -> None:
    """Attribute values are those of boto3, and are read back equal."""
    attributes = aws.to_attributes(record)

    assert TypeDeserializer().deserialize({"M": attributes}) == record
    assert (
        aws.from_attributes(
            {name: TypeSerializer().serialize(value) for name, value in record.items()}
        )
        == record
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        b"x",
        {"a", "b"},
        {Decimal("1.50"), Decimal(2)},
        {b"x", b"y"},
        [None, {"a": b"x"}],
    ],
    ids=["NULL", "BOOL", "B", "SS", "NS", "BS", "L"],
)
def test_values_of_other_software_are_read(value: Any) -> None:
    """Types that orders do not have are read as boto3 writes them."""
    assert aws.from_attributes({"a": TypeSerializer().serialize(value)}) == {"a": value}


@pytest.mark.parametrize("value", [0.1, None, b"x", {1}])
def test_unsupported_types_are_refused(value: Any) -> None:
    """Floats and other unsupported types never reach the table."""
    with pytest.raises(TypeError):
        aws.to_attributes({"items": [{"price": value}]})


@_EXAMPLES
@given(
    st.emails(),
    st.sampled_from(
        ["{}", "<{}>", '"{}"', "({}), next", "to={}\n", "mailto:{}?x", "a@b.example {}"]
    ),
)
def test_no_valid_address_survives_the_mask(address: str, context: str) -> None:
    """Of any email address in any text, one character of the local part and the domain remain."""
    local, domain = address.rsplit("@", 1)

    masked = mask(json.dumps(context.format(address)))

    assert address not in masked
    assert f"***@{domain}" in masked
    assert len(local) == 1 or f"{local}@" not in masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("john@example.com", "j***@example.com"),
        ("<a.b+c@x.example>, d@y.example", "<a***@x.example>, d***@y.example"),
        ("zoë@exämple.com", "z***@exämple.com"),
        ("root@localhost", "r***@localhost"),
        ("no address here", "no address here"),
        ("@decorator", "@decorator"),
    ],
)
def test_masked_address_is_recognisable(text: str, masked: str) -> None:
    """A masked address is recognisable, and other text is unchanged."""
    assert mask(text) == masked


@_EXAMPLES
@given(st.datetimes(timezones=st.timezones() | st.just(UTC), min_value=datetime(2000, 1, 1)))  # noqa: DTZ001 - bound
def test_timestamps_are_utc_with_milliseconds(moment: datetime) -> None:
    """A timestamp is in UTC, always of the same length, and exact to the millisecond."""
    written = iso_8601(moment)

    assert len(written) == len("2026-01-15T10:30:00.123Z")
    assert written.endswith("Z")
    assert timedelta(0) <= moment - datetime.fromisoformat(written) < timedelta(milliseconds=1)


def test_timestamps_sort_as_text() -> None:
    """Timestamps sort as text in the order of time, whatever their offset."""
    early = datetime(2026, 1, 15, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    late = datetime(2026, 1, 15, 8, 0, tzinfo=UTC)

    assert iso_8601(early) < iso_8601(late)


def test_currencies_are_iso_4217() -> None:
    """Currency codes are three capital letters, with no metals, funds or test codes."""
    assert all(
        len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()
        for code in currencies.CODES
    )
    assert {
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "CHF",
        "CNY",
        "INR",
        "BRL",
        "KWD",
        "ZAR",
    } <= currencies.CODES
    assert not {"XXX", "XTS", "XAU", "XAG", "XDR", "USN", "CHE"} & currencies.CODES
    assert 150 < len(currencies.CODES) < 170


def test_no_currency_is_listed_twice() -> None:
    """The source lists each currency once, in alphabetical order."""
    lists = [codes.split() for codes in currencies._LIST_ONE.values()]  # noqa: SLF001 - the lists are what is checked

    assert all(codes == sorted(codes) for codes in lists)
    assert len(currencies.CODES) == sum(map(len, lists))


@pytest.mark.parametrize(
    ("decimals", "codes"),
    [
        (0, "CLP ISK JPY KRW PYG UGX VND XAF"),
        (2, "CRC EUR HUF IDR MGA TWD USD"),
        (3, "BHD IQD JOD KWD TND"),
    ],
)
def test_minor_units_are_those_of_iso_4217(decimals: int, codes: str) -> None:
    """A currency has the decimals of its ISO 4217 minor unit."""
    assert {currencies.MINOR_UNITS[code] for code in codes.split()} == {decimals}


def test_every_field_of_an_order_has_one_name() -> None:
    """Requests, tables and events use the same camelCase names."""
    assert set(OrderRequest.model_json_schema()["properties"]) >= set(an_order())
    assert not [name for name in OrderRequest.model_json_schema()["properties"] if "_" in name]
