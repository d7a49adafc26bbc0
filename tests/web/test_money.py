"""Amounts in the browser are exact, and written in the currency's minor unit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.validation.currencies import CODES
from tests.support.strategies import hundred_examples
from tests.web.support.page import opened
from tests.web.support.server import serve

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.web.support.page import Shop
    from tests.web.support.site import Site

_AMOUNTS: Final = """async ([items, currency]) => {
  const { Decimal } = await import("/js/decimal.js");
  const { money, total } = await import("/js/money.js");
  const sum = total(items.map(([quantity, price]) => (
    { quantity: Decimal.parse(quantity), price: Decimal.parse(price) })));
  const { maximumFractionDigits } =
    new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions();
  return [String(sum), money(sum, currency), maximumFractionDigits];
}"""

_items = st.lists(
    st.tuples(
        st.integers(1, 1000),
        st.decimals(min_value=Decimal("0.0001"), max_value=Decimal("999999.99"), places=4)
        | st.integers(1, 999_999).map(Decimal),
    ),
    max_size=50,
)


def test_totals_are_exact(shop: Shop) -> None:
    """The sum of quantity times price has every digit that Python's Decimal has."""

    @hundred_examples
    @given(_items, st.sampled_from(sorted(CODES)))
    def exact(items: list[tuple[int, Decimal]], currency: str) -> None:
        typed = [[str(quantity), f"{price:f}"] for quantity, price in items]
        text, written, decimals = shop.page.evaluate(_AMOUNTS, [typed, currency])
        total = sum((quantity * price for quantity, price in items), Decimal(0))
        assert Decimal(text) == total
        _assert_written(written, total, decimals)

    exact()


@pytest.mark.thorough
def test_every_currency_is_written_exactly(shop: Shop) -> None:
    """An amount has the decimals of the minor unit, and more only where it has more."""
    for currency in sorted(CODES):
        for price in ("1", "1234.5", "0.0125", "999999.99"):
            _, written, decimals = shop.page.evaluate(_AMOUNTS, [[["1", price]], currency])
            _assert_written(written, Decimal(price), decimals)


def _assert_written(written: str, amount: Decimal, decimals: int) -> None:
    digits = re.sub(r"[^\d.]", "", written)
    fraction = f"{amount:f}".partition(".")[2].rstrip("0")
    assert Decimal(digits) == amount
    assert len(digits.partition(".")[2]) == max(decimals, len(fraction))


@pytest.mark.thorough
def test_the_total_follows_what_is_typed(shop: Shop) -> None:
    """Subtotal and total change with quantity, price and currency; no number counts as zero."""
    shop.fill(price="0.1", quantity="3")
    assert shop.text_of(".subtotal b") == "€0.30"
    shop.field("currency").select_option("JPY")
    assert shop.text_of("#total") == "JP¥0.3"
    shop.field("currency").select_option("BHD")
    assert shop.text_of("#total").replace("\xa0", " ") == "BHD 0.300"
    shop.field("items[0].price").fill("x")
    assert shop.text_of(".subtotal b") == "\N{EN DASH}"
    assert shop.text_of("#total").replace("\xa0", " ") == "BHD 0.000"


@pytest.mark.thorough
def test_thousands_are_not_fractions(browser: Browser, site: Site, endpoint: str) -> None:
    """What is a thousand to one reader and 1 to another is no number, in any notation."""
    hosts = {urlsplit(endpoint).netloc}
    for locale, good, bad in (
        ("de-DE", {"12,5": "25.00", "12.5": "25.00", "1,000": "2.00"}, ("1.000", "1.234,5")),
        ("en-GB", {"12.5": "25.00", "1.000": "2.00"}, ("1,000", "1,234.5", "1 000", "1e3")),
    ):
        with (
            serve(site.respond) as origin,
            opened(browser, site, origin, hosts, locale=locale) as shop,
        ):
            for price, total in good.items():
                shop.fill(price=price)
                assert shop.text_of("#total") == f"€{total}"
            for price in bad:
                shop.fill(price=price)
                assert shop.text_of(".subtotal b") == "\N{EN DASH}"


@pytest.mark.thorough
def test_more_decimals_than_a_browser_writes_are_kept(shop: Shop) -> None:
    """However many decimals are typed, the draft is saved, and the violation is shown."""
    price = f"0.{'0' * 120}1"
    shop.fill(price=price)
    assert shop.stored["values"]["items[0].price"] == price
    shop.send()
    assert shop.error("items[0].price") == "Must have at most 4 decimal places"
