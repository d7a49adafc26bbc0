"""Email addresses: the syntax of customers' addresses, senders and alarm receivers."""

import re
import unicodedata
from typing import Final

# The addr-spec of RFC 5322 as mail systems deliver it: a dot-atom of at most 64 characters, and a
# domain name of letters, digits and hyphens with a top-level domain (RFC 1035), in all at most 254
# (RFC 5321). A library for the whole RFC would be a twentieth of the cold start (docs/adr/0010).
#
# A local part with `=?` could be an encoded word (RFC 2047). RFC 5322 allows it, but Python
# decodes it: `=?utf-8?q?mallory=40evil.example=2C?=shop@example.com` has two recipients.
ADDRESS: Final = re.compile(
    r"(?=.{6,254}$)(?=[^@]{1,64}@)(?![^@]*=\?)"
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])",
    re.ASCII | re.IGNORECASE,
)

# No message contains an at sign, because logs mask addresses.
_INVALID: Final = "Must be a valid email address"
_LOCAL_PART: Final = "Must be a valid email address: the local part must be ASCII"
_DOMAIN: Final = (
    "Must be a valid email address: write an internationalised domain in punycode, such as "
    "xn--bcher-kva.example"
)

# IDNA separates labels by these as well as by the ASCII dot (RFC 3490, section 3.1).
_DOTS: Final = frozenset(".\u3002\uff0e\uff61")


def email_address_problem(address: str) -> str | None:
    """Return the message about an invalid email address; None if it is valid.

    Trim the address first.
    """
    if ADDRESS.fullmatch(address):
        return None
    local_part, _, domain = address.rpartition("@")
    if _is_internationalised(domain):
        return _DOMAIN
    return _INVALID if local_part.isascii() else _LOCAL_PART


def _is_internationalised(domain: str) -> bool:
    """Whether a domain has only letters, digits, marks, dots and hyphens, some beyond ASCII."""
    return not domain.isascii() and all(
        each == "-" or each in _DOTS or unicodedata.category(each)[0] in "LNM" for each in domain
    )
