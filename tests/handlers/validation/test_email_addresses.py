"""Tests: the syntax of email addresses, which every parser reads as one and the same address."""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import getaddresses, parseaddr
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.validation.email_addresses import email_address_problem
from tests.support.requests import an_order
from tests.support.strategies import hundred_examples

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_ATOM = "abcxyz019!#$%&'*+/=?^_`{|}~-"
_atoms = st.text(_ATOM, min_size=1, max_size=20) | st.sampled_from(
    ["=?utf-8?q?a=40b?=", "=?", "?=", "_", "'", "-"]
)
_labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
_spellings = st.builds(
    "{}@{}.{}".format,
    st.lists(_atoms, min_size=1, max_size=4).map(".".join),
    st.lists(_labels, min_size=1, max_size=4).map(".".join),
    st.sampled_from(["com", "example", "xn--p1ai", "museum"]),
)

# A local part of up to 64 characters; ASCII only, with internationalised domains in punycode.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
_SES = re.compile(r"[\x21-\x3f\x41-\x7e]{1,64}@[\x21-\x3f\x41-\x7e]{1,255}")

ENCODED_WORDS = [
    "=?utf-8?q?mallory=40evil.example=2C?=shop@example.com",
    "=?x?q?=41=42?=@b.co",
    "=?utf-8?q?=0D=0A?=@b.co",
    "=?utf-8?q?=00?=@b.co",
    "=?utf-8?b?bWFsbG9yeUBldmlsLmV4YW1wbGU=?=@b.co",
    "shop.=?utf-8?q?a?=@b.co",
    "a=?b@b.co",
]
MALFORMED = [
    "",
    "@",
    "jane",
    "jane@",
    "@example.com",
    "a,b@example.com",
    "a b@example.com",
    '"a b"@example.com',
    "orders@example..com",
    ".orders@example.com",
    "orders.@example.com",
    "or..ders@example.com",
    "jane@example",
    "jane@localhost",
    "jane@example.c",
    "jane@example.com.",
    "jane@.example.com",
    "jane@-example.com",
    "jane@example-.com",
    "jane@exa_mple.com",
    "jane@192.0.2.1",
    "jane@[192.0.2.1]",
    "jane@example.com\n",
    "jane@example.com\x00",
    " jane@example.com",
    "jane@example.com ",
    "jane@joe@example.com",
    "jane\uff20example.com",
    "Jane <jane@example.com>",
    "jane@example.com,joe@example.com",
    f"{'l' * 65}@example.com",
    f"jane@{'d' * 64}.com",
    f"jane@{'d.' * 124}com",
    "jane@example.com\u200b",
    "jane@\u202eexample.com",
]
INTERNATIONALISED_DOMAINS = [
    "jane@b\u00fccher.example",
    "jane@bu\u0308cher.example",
    "jane@\u4f8b\u3048.jp",
    "jane@example\u3002com",
    "jane@example\uff0ecom",
    "jane@\u043f\u043e\u0447\u0442\u0430.\u0440\u0444",
    "jane@\uff45xample.com",
    "j\u00e1ne@b\u00fccher.example",
]
INTERNATIONALISED_LOCAL_PARTS = [
    "j\u00e1ne@example.com",
    "jane\u200b@example.com",
    "\u7530\u4e2d@example.jp",
]
VALID = [
    "jane@example.com",
    "jane.roe+orders@mail.example.co.uk",
    "o'brien@example.com",
    "JANE@EXAMPLE.COM",
    "a@b.co",
    "jane@xn--bcher-kva.example",
    "jane@example.xn--p1ai",
    "jane@3m.example",
    "=a?b=@example.com",
    f"{'l' * 64}@example.com",
    f"jane@{'d' * 63}.com",
]


@pytest.mark.parametrize("address", VALID)
def test_deliverable_addresses_are_valid(address: str) -> None:
    """An address that mail systems deliver is valid."""
    assert email_address_problem(address) is None


@pytest.mark.parametrize("address", [*ENCODED_WORDS, *MALFORMED])
def test_malformed_addresses_are_refused(address: str) -> None:
    """Encoded words, and texts other than one ASCII address, are refused with a message."""
    assert email_address_problem(address) in {
        "Must be a valid email address",
        "Must be a valid email address: the local part must be ASCII",
    }


@pytest.mark.parametrize("address", INTERNATIONALISED_DOMAINS)
def test_internationalised_domains_are_written_in_punycode(address: str) -> None:
    """The message about an internationalised domain contains an example in punycode."""
    problem = email_address_problem(address) or ""
    assert "punycode" in problem
    assert "xn--bcher-kva.example" in problem


@pytest.mark.parametrize("address", INTERNATIONALISED_LOCAL_PARTS)
def test_local_parts_are_ascii(address: str) -> None:
    """The message about a local part beyond ASCII names the local part."""
    assert (
        email_address_problem(address)
        == "Must be a valid email address: the local part must be ASCII"
    )


@pytest.mark.slow
@hundred_examples
@given(address=_spellings)
def test_parsers_read_the_same_address(address: str) -> None:
    """Python's email package, smtplib and SES read a valid address as exactly that address."""
    if email_address_problem(address) is not None:
        return
    assert parseaddr(address) == ("", address)
    assert getaddresses([address]) == [("", address)]
    assert smtplib.quoteaddr(address) == f"<{address}>"
    assert _SES.fullmatch(address)
    for policy in (email.policy.default, email.policy.SMTP):
        for value in (address, Address(addr_spec=address)):
            assert _read_back(value, policy) == [address]


def _read_back(value: str | Address, policy: email.policy.EmailPolicy[Any]) -> list[str]:
    message: EmailMessage = EmailMessage(policy=policy)
    message["To"] = value
    message.set_content("An order")
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    return [each.addr_spec for each in read["To"].addresses]


@pytest.mark.parametrize(
    "address", [*ENCODED_WORDS, *INTERNATIONALISED_DOMAINS, *INTERNATIONALISED_LOCAL_PARTS]
)
def test_orders_follow_the_same_syntax(account: MockAccount, address: str) -> None:
    """An order with an invalid customerEmail is refused with the message about the address."""
    response = account.post(an_order(customerEmail=address))

    assert (response.status, response.fields) == (400, ["customerEmail"])
    assert response.body["errors"][0]["message"] == email_address_problem(address)


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\u00a0", " \r\n "])
def test_addresses_are_trimmed(account: MockAccount, blank: str) -> None:
    """White space around customerEmail is trimmed."""
    assert account.post(an_order(customerEmail=f"{blank}jane@example.com{blank}")).status == 200
    assert account.orders()[0]["customerEmail"] == "jane@example.com"
