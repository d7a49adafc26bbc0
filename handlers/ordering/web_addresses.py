"""Web addresses in names: text that mail clients turn into links, or that browsers accept as an address.

A confirmation shows the names of customer and products to a recipient whom the client chose, so a link in them would
make the stack a sender of phishing.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

# Characters that are not shown, and that browsers drop from an address: soft hyphen, joiners, variation selectors, ...
_IGNORED: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U000e0000-\U000e0fff]"
)
# IDNA takes it for a dot. Between ideographs it ends a sentence.
_IDEOGRAPHIC_DOT: Final = re.compile("(?<=[0-9A-Za-z\u00c0-\u058f])\u3002(?=[0-9A-Za-z\u00c0-\u058f])")

# All of these hold a colon.
_SCHEME: Final = re.compile(
    r":[/\\]{2}"
    r"|(?<![a-z0-9])(?:https?|hxxps?|ftps?|mailto|javascript|vbscript|callto|facetime|whatsapp|skype|sips?|xmpp|magnet|bitcoin|tel):[^\s:]"
    r"|(?<![a-z0-9])(?:sms|smsto|fax|geo):[+(]?\d[\d() .,-]{4}"
    r"|(?<![a-z0-9])data:[a-z]+/[a-z]"
    r"|\[[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*\][/:]"
    r"|:[^\s:@/]+@[\w-]+\.\w",
    re.IGNORECASE,
)

_WWW: Final = re.compile(r"(?<![a-z0-9])www\d?\.[^\W_]", re.IGNORECASE)

# A host may be any run of letters, digits, dots and hyphens. Python code looks at each: a regular expression would
# look at the end of a long run once for each of its dots.
_RUN: Final = re.compile(r"[\w.-]+")
_TOP_LEVEL_DOMAIN: Final = re.compile(r"[^\W\d_]{2,63}|xn--[a-z0-9-]{1,59}", re.IGNORECASE)
_LOCALHOST: Final = "localhost"
_IP_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
# A path, a query or a port. Behind an IP address, `/8` is the length of a range's prefix.
_PATH: Final = re.compile(r"[/\\]|\?\w|:\d{2,5}(?![\w.])")
_IP_PATH: Final = re.compile(r"[/\\](?!\d{1,2}(?![\w/]))|\?\w|:\d{2,5}(?![\w.])")
# `js` is not a top-level domain, but many product names end in it: Node.js/React.
_SCRIPT: Final = ".js"

# Well-known top-level domains that are no family names. Those of two letters count in lower case only, since a name
# after a dot begins with a capital letter; and at the end only if they are a word as well, as in "Prof.de Boer".
_GENERIC: Final = re.compile(
    "app|biz|blog|buzz|click|cloud|com|dev|edu|email|example|gov|icu|info|int|link|mil|mobi|mov|net|online|org|shop|"
    "site|store|tech|vip|website|xyz|zip",
    re.IGNORECASE,
)
_COUNTRIES: Final = re.compile("ai|au|br|ca|cc|ch|cn|co|eu|fr|io|jp|nl|pl|ru|tv|uk|us")
_WORDS: Final = re.compile("at|be|de|es|in|it|me|to")
_WORD_FOLLOWS: Final = re.compile(r"\s*\w")
_SHORTEST_NAME: Final = 3
_LONGEST_FORM: Final = 4


def holds_web_address(text: str) -> bool:
    """Whether a text holds a URL, a scheme that opens something, or a host with a port, path or query."""
    plain = _as_read(text)
    if ":" in plain and _SCHEME.search(plain):
        return True
    return any(_WWW.search(host) or _leads_on(host, plain, end) for host, end in _hosts(plain))


def holds_domain(text: str) -> bool:
    """Whether a text holds the bare name of a domain below a well-known top-level domain, such as `evil.com`."""
    plain = _as_read(text)
    for host, end in _hosts(plain):
        *labels, top = host.split(".")
        is_long = max(map(len, labels), default=0) >= _SHORTEST_NAME
        if _GENERIC.fullmatch(top) or (is_long and _COUNTRIES.fullmatch(top)):
            return True
        if is_long and _WORDS.fullmatch(top) and not _WORD_FOLLOWS.match(plain, end):
            return True
    return False


def _leads_on(host: str, plain: str, end: int) -> bool:
    """Whether a path, a query or a port follows a host, so that it cannot be anything else."""
    if host.casefold().endswith(_SCRIPT) or _is_abbreviation(host):
        return False
    return bool((_IP_PATH if _IP_ADDRESS.fullmatch(host) else _PATH).match(plain, end))


def _is_abbreviation(host: str) -> bool:
    """Whether a name with a dot is written as no host is: `Dr.Martens`, `802.3.at`, `size.XL`.

    The part behind the last dot is no well-known top-level domain, and it begins with a capital letter, although the
    whole is not in capital letters, or there are only numbers before it.
    """
    *labels, top = host.split(".")
    if _IP_ADDRESS.fullmatch(host) or any(known.fullmatch(top.casefold()) for known in (_GENERIC, _COUNTRIES)):
        return False
    is_number = bool(labels) and all(label.isdecimal() for label in labels)
    return is_number or (top[0].isupper() and not host.isupper())


def _hosts(plain: str) -> Iterator[tuple[str, int]]:
    """Yield what may be the name or the IP address of a host, and where in the text it ends."""
    for run in _RUN.finditer(plain):
        host = run[0].strip("._-")
        *_, name, top = ["", *host.split(".")]
        if (name and _TOP_LEVEL_DOMAIN.fullmatch(top)) or _IP_ADDRESS.fullmatch(host) or host == _LOCALHOST:
            yield host, run.end()


def _as_read(text: str) -> str:
    """Return a text as browsers read an address: full-width and other forms as plain ones, dots as dots."""
    if text.isascii():
        return text
    plain = "".join(map(_plain, _IGNORED.sub("", text)))
    return _IDEOGRAPHIC_DOT.sub(".", _IGNORED.sub("", plain))


@lru_cache(maxsize=1024)
def _plain(character: str) -> str:
    # NFKC turns some characters into whole phrases, which are not part of an address.
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) <= _LONGEST_FORM else character
