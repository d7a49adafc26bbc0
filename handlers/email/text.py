"""Client text in an email: on one line, isolated from the text beside it, and without links.

The API accepts no order with such characters, but an older event in a queue may hold them.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Final

from handlers.validation.currencies import MINOR_UNITS

# Controls and line separators: a line break would end an isolate, or begin a forged line.
_BREAKS: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

# Bidirectional embeddings, overrides and isolates: an unbalanced one would reach beyond its value.
_BIDI_CONTROLS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")

# Code points that UTF-8 cannot encode, or that are no characters.
_NOT_TEXT: Final = re.compile("[\ud800-\udfff\ufffe\uffff]")

# Where an email client would detect a link: a domain (IDNA has four dots), URL or email address.
_LINK: Final = re.compile(r"(?<=[.\u3002\uff0e\uff61])(?=[^\W\d_]{2})|(?<=:)(?=//)|(?<=@)(?=\w)")
_WORD_JOINER: Final = "\u2060"

_FIRST_STRONG_ISOLATE, _POP_DIRECTIONAL_ISOLATE = "\u2068", "\u2069"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})

# For a currency that ISO 4217 does not list.
_DEFAULT_DECIMALS: Final = 2


def clean(value: str) -> str:
    """Return a value as one line, without bidirectional controls and detectable links."""
    line = _BIDI_CONTROLS.sub("", _BREAKS.sub(" ", value))
    return _LINK.sub(_WORD_JOINER, _NOT_TEXT.sub("\ufffd", line))


def isolated(value: str) -> str:
    """Return a clean value for plain text; right-to-left text does not reorder its surroundings."""
    line = clean(value)
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in line):
        return f"{_FIRST_STRONG_ISOLATE}{line}{_POP_DIRECTIONAL_ISOLATE}"
    return line


def money(amount: Decimal, currency: str) -> str:
    """Return the exact amount, with at least the currency's decimals: `1,980`, `59.98`, `0.125`."""
    fraction = f"{amount:f}".partition(".")[2].rstrip("0")
    decimals = max(MINOR_UNITS.get(currency, _DEFAULT_DECIMALS), len(fraction))
    return f"{amount:,.{decimals}f}"
