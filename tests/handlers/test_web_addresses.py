"""Tests: names of customers and products hold no web address, and names that look a little like one are accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.places import SHOWN, TEXT_PLACES
from tests.support.requests import an_order

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

WEB_ADDRESSES = [
    # Schemes
    "http://evil.example",
    "Pay at https://evil.example/login now",
    "HTTPS://EVIL.EXAMPLE",
    "ftp://evil.example",
    "hxxp://evil.example",
    "shop://pay",
    "http:\\\\evil.example",
    "http:evil.example",
    "mailto:joe@evil.example",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "vbscript:msgbox",
    "tel:+491234567",
    "Call tel:555-0100",
    "sms:+491234567",
    "data:text/html,pay",
    "whatsapp:send",
    "sip:joe@evil.example",
    "magnet:?xt=urn:btih:1",
    "file:///etc/hosts",
    "blob:https://evil.example/1",
    # Hosts
    "www.evil.example",
    "Visit WWW.EVIL.COM now",
    "(www.evil.example)",
    "www2.evil.example",
    "evil.example/login",
    "EVIL.EXAMPLE/LOGIN",
    "Refund: evil.com/a",
    '"evil.com/a"',
    "evil.com/",
    "evil.com./a",
    "Evil.Com/a",
    "Evil.Ru/a",
    "4711.com/a",
    "123.456.xyz:8080",
    "evil.com\\a",
    "evil.example:8080",
    "evil.example:8080/a",
    "evil.example?order=1",
    "sub.evil.co.uk/a",
    "bit.ly/a",
    "_evil.example/a",
    "user:password@evil.example",
    "paypal.com@evil.example/login",
    "xn--bcher-kva.example/a",
    "evil.xn--p1ai/a",
    "b\u00fccher.example/a",
    "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/\u0432\u0445\u043e\u0434",
    "192.0.2.1/login",
    "192.0.2.1:8080",
    "[2001:db8::1]/login",
    "localhost:8080/a",
    # Written otherwise
    "\uff48\uff54\uff54\uff50\uff1a\uff0f\uff0f\uff45\uff56\uff49\uff4c\uff0e\uff43\uff4f\uff4d",
    "\uff45vil.com\uff0flogin",
    "evil\u3002com/login",
    "evil\uff61com/login",
    "evil\uff0ecom/login",
    "evil\u2024com/login",
    "\U0001d421\U0001d42d\U0001d42d\U0001d429://evil",
    "\u24d4vil.com/login",
    "ht\u200btp://evil.example",
    "https:/\u200b/evil.example",
    "w\u200dww.evil.example",
    "evil\u200b.example/login",
    "ev\u00adil.example/login",
    "evil.\u2060example/login",
    "evil\ufeff.example/login",
]
DOMAINS = [
    "evil.com",
    "Visit evil.com",
    "EVIL.COM",
    "Evil.Com!",
    "sub.evil.net",
    "evil.example",
    "evil.xyz",
    "evil.ru",
    "evil.co.uk",
    "Click evil.de",
    "support@evil.com",
    "\uff45\uff56\uff49\uff4c\uff0e\uff43\uff4f\uff4d",
    "evil\u3002com",
    "ev\u200bil.com",
]
PRODUCTS = [
    "Node.js in Action",
    "Node.js/React course",
    "ASP.NET",
    "ASP.NET Core 8",
    "Booking.com voucher",
    "JavaScript: The Good Parts",
    "1/2 inch",
    "\u00bd inch",
    "A4/A5 paper",
    "and/or",
    "AC/DC T-shirt",
    "Dr.Martens/black",
    "Dr.Martens:42",
    "S.Oliver/Damen",
    "G.I.Joe/Figur",
    "L.O.L.Surprise/doll",
    "St.Gallen/Zurich ticket",
    "IEEE 802.3.at/af",
    "Art.Nr.:12345",
    "\u0440\u0430\u0437\u043c.XL/XXL",
    "USB 3.0/2.0 hub",
    "3.5mm jack",
    "1.5L/2L bottle",
    "St.Pauli",
    "Was ist St.Pauli?",
    "10.000/h",
    "9.99/piece",
    "24/7 support",
    "16:9 screen",
    "12:30 ticket",
    "No.1/No.2",
    "N.Y./L.A. poster",
    "T.G.I./Friday's",
    "e.g. this/that",
    "Version 1.2.3.4",
    "10.0.0.0/8 in practice",
    "Tel: 030 123456",
    "Hotel:5 nights",
    "SMS:100 pack",
    "Size: M/L",
    "C++/C#",
    "50%/50%",
    "AT&T",
    "Yahoo!",
    "SKU:12345",
    "urn:isbn:9780131103627",
    "shop/123",
    "\u9ad8\u54c1\u8cea\u3002\u9001\u6599\u7121\u6599/\u8a73\u7d30",
    "\u9632\u6c34\u3002LED/\u9632\u707d",
]
NAMES = [
    "J.R.R. Tolkien",
    "Dr.Smith",
    "Dr. Smith/Jones",
    "St.John",
    "J.De Vries",
    "Prof.de Boer",
    "Mrs.Ai Tanaka",
    "M.Li",
    "Dr.No",
    "Smith & Co.",
    "Acme Inc.",
    "Acme Ltd.Co",
    "J.P. Morgan",
    "jane.roe",
    "Jane.Roe",
    "Jos\u00e9.Silva",
    "O'Brien",
    "M\u00fcller-L\u00fcdenscheidt",
    "Ph.D.",
    "Maria d.l.R.",
    "\u0645\u062d\u0645\u062f",
    "\u7530\u4e2d\u592a\u90ce",
]


@pytest.mark.parametrize("written", WEB_ADDRESSES)
def test_web_addresses_are_refused(account: MockAccount, written: str) -> None:
    """A web address is refused in each name that the confirmation shows, however it is written."""
    for place in SHOWN:
        response = account.post(TEXT_PLACES[place](written))

        assert response.status == 400, place
        assert response.body["errors"] == [{"field": place, "message": "Must not contain a web address"}]
    assert account.orders() == []


@pytest.mark.parametrize("written", DOMAINS)
def test_domains_are_refused_in_the_name_of_a_customer(account: MockAccount, written: str) -> None:
    """The bare name of a domain is refused where a person's name should be."""
    response = account.post(an_order(customerName=written))

    assert response.status == 400
    assert response.body["errors"] == [{"field": "customerName", "message": "Must not contain a web address"}]


@pytest.mark.parametrize("written", PRODUCTS)
def test_product_names_are_accepted(account: MockAccount, written: str) -> None:
    """A product may be called, and numbered, as products are, with dots and slashes."""
    for place in ("items[0].productId", "items[0].productName"):
        assert account.post(TEXT_PLACES[place](written)).status == 200, place


@pytest.mark.parametrize("written", NAMES)
def test_names_of_people_are_accepted(account: MockAccount, written: str) -> None:
    """A customer may be called as people and companies are, with dots and initials."""
    assert account.post(an_order(customerName=written)).status == 200


@pytest.mark.parametrize("place", ["notes", "shippingAddress.street", "customerId", "priority"])
def test_what_no_email_shows_may_hold_a_web_address(account: MockAccount, place: str) -> None:
    """A web address in notes or an address goes nowhere, and is the client's own affair."""
    assert account.post(TEXT_PLACES[place]("https://shop.example/gift/1")).status == 200
