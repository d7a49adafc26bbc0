"""Client text in a confirmation, on every screen and in every script."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common import exact_json
from handlers.email.message import confirmation
from handlers.events.order_created import OrderCreated
from handlers.validation.currencies import MINOR_UNITS
from tests.support.deliveries import an_event

_HEBREW, _ARABIC = "שלום 3", "قميص 100%"
_OVERRIDES = "".join(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
_VALUES = ["customerName", "orderId", "productName", "productId", "currency"]


def with_value(field: str, value: str) -> OrderCreated:
    """An event with a client text in one place."""
    item = {"productId": "P", "quantity": 1, "price": Decimal(30), "subtotal": Decimal(30)}
    if field.startswith("product"):
        return an_event(items=[{**item, field: value}])
    return an_event(items=[item], **{field: value})


def parts(event: OrderCreated) -> tuple[str, str, str]:
    """Subject, plain text and HTML of an event's confirmation."""
    message = confirmation(event, recipient="jane.roe@example.com")
    return message.subject, message.text, message.html


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        ("1980", "JPY", "1,980 JPY"),
        ("1980.00", "JPY", "1,980 JPY"),
        ("99.5", "JPY", "99.5 JPY"),
        ("1.5", "KWD", "1.500 KWD"),
        ("0.0625", "KWD", "0.0625 KWD"),
        ("59.98", "USD", "59.98 USD"),
        ("30", "USD", "30.00 USD"),
        ("0.1", "USD", "0.10 USD"),
        ("0.125", "USD", "0.125 USD"),
        ("1E+3", "USD", "1,000.00 USD"),
        (
            "123456789012345678901234567890.12",
            "USD",
            "123,456,789,012,345,678,901,234,567,890.12 USD",
        ),
        ("5", "???", "5.00 ???"),
    ],
)
def test_amounts_are_written_exactly(amount: str, currency: str, written: str) -> None:
    """An amount is never rounded, and has at least the decimals of its currency."""
    _, text, html = parts(an_event(totalAmount=Decimal(amount), currency=currency))
    assert f"Total: {written}\n" in text
    assert f">{written}<" in html


@pytest.mark.parametrize("currency", sorted(MINOR_UNITS))
def test_every_amount_has_its_currency_s_decimals(currency: str) -> None:
    """Both bodies show price, subtotal and total with the currency's decimals."""
    item = {"productId": "P", "quantity": 2, "price": Decimal(1500), "subtotal": Decimal(3000)}
    _, *bodies = parts(an_event(items=[item], totalAmount=Decimal(3000), currency=currency))
    decimals = "." + "0" * MINOR_UNITS[currency] if MINOR_UNITS[currency] else ""
    for body in bodies:
        assert re.findall(r"\b[13],\d{3}(?:\.\d+)?", body) == [
            f"1,500{decimals}",
            *[f"3,000{decimals}"] * 2,
        ]


@pytest.mark.parametrize("field", _VALUES)
@pytest.mark.parametrize("value", [_HEBREW, _ARABIC])
def test_right_to_left_text_is_isolated(field: str, value: str) -> None:
    """A Hebrew or Arabic value does not reorder the text around it."""
    subject, text, html = parts(with_value(field, value))
    isolated = f"\u2068{value}\u2069"
    assert value in text
    assert text.count(value) == text.count(isolated)
    assert subject.count(value) == subject.count(isolated) == (field == "orderId")
    assert value in html
    assert html.count(value) == html.count(f"<bdi>{value}</bdi>") + html.count(isolated)


@pytest.mark.parametrize("field", _VALUES)
def test_left_to_right_text_is_unchanged(field: str) -> None:
    """Left-to-right plain text gets no invisible characters."""
    subject, text, _ = parts(with_value(field, "Zoë Ørsted 3 x (30%)"))
    assert "Zoë Ørsted 3 x (30%)" in text
    assert not re.search("[\u2060-\u206f\u202a-\u202e]", subject + text)


@pytest.mark.parametrize("field", _VALUES)
@given(
    st.text(
        st.sampled_from(f"{_OVERRIDES}אب1a\n\r\x0b\x1c\x85\u2028\u2029 "), min_size=1, max_size=12
    )
)
def test_no_value_affects_its_surroundings(field: str, value: str) -> None:
    """No bidirectional control or line break of an old event reaches the email."""
    event = with_value(field, "VALUE")
    fields = exact_json.loads(event.to_json())
    changed = OrderCreated.of_stored_order(
        {**fields, "items": [{**fields["items"][0], field: value}]}
        if field.startswith("product")
        else {**fields, field: value}
    )
    for shown, plain in zip(parts(changed), parts(event), strict=True):
        assert len(shown.splitlines()) == len(plain.splitlines())
        assert not re.search("[\u202a-\u202e\u2066\u2067]", shown)
        assert re.sub("[^\u2068\u2069]", "", shown).replace("\u2068\u2069", "") == ""


@pytest.mark.parametrize(
    "joined", ["👨\u200d👩\u200d👧", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"]
)
def test_joiners_are_kept(joined: str) -> None:
    """Joiners, which emoji and some scripts need, are kept."""
    assert all(joined in body for body in parts(with_value("productName", joined))[1:])


@pytest.mark.parametrize("value", ["a\x00b", "a\ud800b", "a\ufffeb"])
def test_text_can_always_be_encoded(value: str) -> None:
    """A value that UTF-8 cannot encode, or a mail server refuses, makes no email fail."""
    event = replace(an_event(), customer_name=value)
    for part in parts(event):
        assert "\x00" not in part.encode().decode()


@pytest.mark.parametrize(
    "value",
    [
        "Booking.com voucher",
        "http://evil.example/pay",
        "https://evil.example",
        "HTTPS://192.0.2.1/x",
        "www.evil.example",
        "evil。example",
        "пример.рф",
        "pay at evil.co/x",
        "mail joe@evil.example",
        "joe@localhost",
        "ftp://files",
    ],
)
@pytest.mark.parametrize("field", _VALUES)
def test_no_value_becomes_a_link(field: str, value: str) -> None:
    """No client text is detected as a domain name, URL or address; it looks unchanged."""
    link = re.compile(r"\w@\w|://|\w[.\u3002\uff0e\uff61][^\W\d_]{2}")
    for plain, shown in zip(
        parts(with_value(field, "VALUE")), parts(with_value(field, value)), strict=True
    ):
        assert len(link.findall(shown)) == len(link.findall(plain))
        assert value in shown.replace("\u2060", "") or "VALUE" not in plain


@pytest.mark.parametrize("value", ["SKU-3.5", "v1.2.3", "ORD:2026-01-15", "3.5mm cable", "U.S.A"])
def test_text_without_a_link_is_unchanged(value: str) -> None:
    """Numbers and IDs with dots and colons get no invisible character."""
    assert all(value in body for body in parts(with_value("productName", value))[1:])


class _Cells(HTMLParser):
    """The styles of every element that holds text, outermost first."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[tuple[str, str]] = []
        self.styles: list[tuple[str, str]] = []
        self.tables: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        style = str(dict(attrs).get("style") or "")
        if tag == "table":
            self.tables.append(style)
        if tag not in {"meta", "col", "br"}:
            self._open.append((tag, style))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.styles.append((data.strip(), " ".join(style for _, style in self._open)))


@pytest.mark.parametrize("field", _VALUES)
def test_long_words_do_not_widen_the_page(field: str) -> None:
    """A word of 200 characters may be broken, and the table keeps the screen's width."""
    cells = _Cells()
    cells.feed(parts(with_value(field, "W" * 200))[2])
    styles = [style for text, style in cells.styles if "W" * 200 in text]
    assert styles
    for style in styles:
        assert "overflow-wrap: anywhere" in style
        assert "word-break: break-word" in style
    (table,) = cells.tables
    assert "table-layout: fixed" in table
    assert "width: 100%" in table


def test_phones_and_dark_screens_are_supported() -> None:
    """The HTML part has a viewport for phones, and the colours of both modes."""
    html = parts(an_event())[2]
    assert '<meta name="viewport" content="width=device-width' in html
    assert '<meta name="color-scheme" content="light dark">' in html
    dark = html.partition("@media (prefers-color-scheme: dark)")[2].partition("</style>")[0]
    assert re.search(r"background: #\w+ !important; color: #\w+ !important", dark)
