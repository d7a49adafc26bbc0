"""Web addresses in names: text that mail clients turn into links or browsers accept as a URL.

The confirmation email shows names of customers and products to a recipient of the client's choice:
a link in them would turn the stack into a sender of phishing.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Invisible characters that browsers drop from a URL: soft hyphen, joiners, variation selectors, ...
_IGNORED: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
# A dot to IDNA. Between ideographs it ends a sentence, unless a well-known top-level domain
# follows.
_IDEOGRAPHIC_DOT: Final = re.compile("([0-9A-Za-z\u00c0-\u058f])?\u3002([\\w-]*)")
_ALPHABETIC: Final = re.compile("[0-9A-Za-z\u00c0-\u058f]")

# Every alternative contains a colon.
_SCHEME: Final = re.compile(
    r":[/\\]{2}"
    r"|(?<![a-z0-9])(?:https?|hxxps?|ftps?|mailto|javascript|vbscript|callto|facetime|whatsapp"
    r"|skype|sips?|xmpp|magnet|bitcoin|tel):[^\s:]"
    r"|(?<![a-z0-9])(?:sms|smsto|fax|geo):[+(]?\d[\d() .,-]{4}"
    r"|(?<![a-z0-9])data:[a-z]+/[a-z]"
    r"|\[[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*\][/:]"
    r"|:[^\s:@/]+@[\w-]+\.\w",
    re.IGNORECASE,
)

_WWW: Final = re.compile(r"(?<![a-z0-9])www\d?\.[^\W_]", re.IGNORECASE)

# A host may be any run of letters, digits, emoji, dots and hyphens. Python code examines each run,
# because a regular expression would examine the end of a long run once per dot.
_RUN: Final = re.compile("[\\w.\u2600-\u27bf\U0001f000-\U0001faff-]+")
_TOP_LEVEL_DOMAIN: Final = re.compile(r"[^\W\d_]{2,63}|xn--[a-z0-9-]{1,59}", re.IGNORECASE)
_LOCALHOST: Final = "localhost"
_IP_ADDRESS: Final = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
# A path, a query or a port. After an IP address, `/8` is a prefix length.
_QUERY_OR_PORT: Final = r"\?[\w=&%]|:\d{2,5}(?!\w|\.\w)|:\d*[/\\]"
_PATH: Final = re.compile(rf"[/\\]|{_QUERY_OR_PORT}")
_IP_PATH: Final = re.compile(rf"[/\\](?!\d{{1,2}}(?![\w/]))|{_QUERY_OR_PORT}")
# Not a top-level domain, but many product names have it: Node.js/React.
_SCRIPT: Final = ".js"
# A legal form, and abbreviations of numbers: "Art.No:12345". An attacker cannot register them.
_NO_HOSTS: Final = _words(
    "co.kg art.no cat.no item.no model.no order.no part.no ref.no serial.no art.nr best.nr "
    "ident.nr mod.nr ref.nr serien.nr"
)
_IEEE_802: Final = "802"

# Top-level domains of countries: ISO 3166, and ac, eu, su, uk.
_COUNTRIES: Final = _words(
    "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq "
    "br bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do "
    "dz ec ee eg eh er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt "
    "gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr "
    "kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt "
    "mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt "
    "pw py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc "
    "td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk um us uy uz va vc ve vg vi vn vu wf ws "
    "ye yt za zm zw"
)
# Well-known generic top-level domains, without those that are mostly words after a dot, such as
# `art`, and without `int`, which nobody can register.
_GENERIC: Final = _words(
    "academy agency app asia autos bet bid bio biz blog bond buzz cafe cam casa cash casino cfd "
    "chat city click cloud club codes com community company cyou date dev digital direct download "
    "edu email exchange example expert express finance fun fund games gov group guru help homes "
    "host icu info ink life link live loan lol market marketing media men mobi moe mom money mov "
    "net network news ninja one onion online org page party press pro promo pub quest racing rent "
    "rest review rip rocks run sale sbs school science services shop show site skin social "
    "software solutions space store stream studio support surf systems team tech today tokyo "
    "tools top trade travel vip video wang watch webcam website wiki win work works world wtf xxx "
    "xyz yachts zip zone"
)
_PUNYCODE: Final = "xn--"
# Top-level domains in other scripts, as IANA lists them after `xn--`: those of countries, and some
# for companies, networks and shops.
_INTERNATIONAL: Final = (
    "11b4c3d 2scrj9c 3bst00m 3ds443g 3e0b707e 3hcrj9c 42c2d9a 45br5cyl 45brj9c 4dbrk0ce 4gbrim "
    "54b7fta0cc 55qx5d 5tzm5g 6qq986b3xl 80adxhks 80ao21a 80asehdb 80aswg 90a3ac 90ae 90ais "
    "9dbq2a c1avg c2br7g clchc0ea0b2g2a9gcd czru2d d1acj3b d1alf e1a4c fhbei fiq228c5hs fiqs8s "
    "fiqz9s fpcrj9c3d fzc2c9e2c gecrj9c h2breg3eve h2brj9c h2brj9c8c hxt814e io0a7i j1aef j1amh "
    "j6w193g kprw13d kpry57d l1acc lgbbat1ad8j mgb9awbf mgba3a4f16a mgbaam7a8h mgbab2bd "
    "mgbah1a3hjkrd mgbai9azgqp6j mgbayh7gpa mgbbh1a mgbbh1a71e mgbc0a9azcg mgbcpq6gpa1a "
    "mgberp4a5d4ar mgbgu82a mgbpl2fh mgbtx2b mgbx4cd0ab mix891f mk1bu44c ngbc5azd ngbrx node "
    "o3cw4h ogbpf8fl p1acf p1ai pgbs0dh q7ce6a qxa6a qxam rvc1e0am3e s9brj9c ses554g t60b56a "
    "tckwe wgbh1c wgbl6a xkc2al3hye2a xkc2dl3a5ee0h y9a3aq yfro4i67o ygbi2ammx"
)

# Abbreviations before a name: "Dr.Ma", "Acme Ltd.Co", "Prof.de Boer". Single letters are initials.
_TITLES: Final = _words(
    "mr mrs ms mx miss dr prof st ste sta sr jr fr hr rev hon sir lt sgt cpt capt col maj gen ing "
    "mag dipl med phil jur rer nat univ sra dott co corp inc ltd pte pty pvt intl bros"
)
_PARTICLES: Final = _words("af al de do la")
_WORD_FOLLOWS: Final = re.compile(r"\s*\w")
# Top-level domains that are nobody's name.
_NO_NAMES: Final = _words("biz com edu gov info net org xyz")
# The longest normal form of a character that can be part of a URL.
_LONGEST_FORM: Final = 4


def holds_web_address(text: str) -> bool:
    """Whether a text contains a URL, or a host with a port, path or query."""
    plain = _normalized(text)
    if ":" in plain and _SCHEME.search(plain):
        return True
    return any(_WWW.search(host) or _has_path(host, plain, end) for host, end in _hosts(plain))


def holds_domain(text: str) -> bool:
    """Whether a text contains a domain below a well-known top-level domain, such as `evil.com`."""
    plain = _normalized(text)
    return any(
        _is_well_known(host.rpartition(".")[2]) and not _is_name(host, plain, end)
        for host, end in _hosts(plain)
    )


def _has_path(host: str, plain: str, end: int) -> bool:
    """Whether a path, a query or a port follows a host, which excludes other meanings."""
    if not (_IP_PATH if _IP_ADDRESS.fullmatch(host) else _PATH).match(plain, end):
        return False
    return not (host.casefold().endswith(_SCRIPT) or _is_abbreviation(host))


def _is_abbreviation(host: str) -> bool:
    """Whether a name with a dot is spelled unlike a host: `Dr.Martens`, `size.XL`, `802.3.at`.

    The part after the last dot is not a well-known top-level domain. It starts with a capital
    letter, although the rest is not in capital letters, or only numbers precede it. Standards of
    IEEE 802 may end in a country's top-level domain.
    """
    *labels, top = host.split(".")
    if not labels or _IP_ADDRESS.fullmatch(host):
        return False
    is_number = all(label.isdecimal() for label in labels)
    if _is_well_known(top):
        return is_number and labels[0] == _IEEE_802 and top in _COUNTRIES
    return is_number or (top[0].isupper() and not host.isupper())


def _is_name(host: str, plain: str, end: int) -> bool:
    """Whether a name with a dot is spelled like a person's: `Dr.Ma`, `J.Li`, `Prof.de Boer`.

    Capitalised titles or initials precede the last dot. A capital letter follows, or a particle and
    another word.
    """
    *labels, top = host.split(".")
    if top.casefold() in _NO_NAMES or not host[0].isupper():
        return False
    if not all(
        (len(label) == 1 and label.isupper()) or label.strip("-").casefold() in _TITLES
        for label in labels
    ):
        return False
    return top[0].isupper() or (top in _PARTICLES and bool(_WORD_FOLLOWS.match(plain, end)))


def _is_well_known(label: str) -> bool:
    """Whether a label is a well-known top-level domain, in any case and script."""
    label = label.casefold()
    if label in _COUNTRIES or label in _GENERIC or label.startswith(_PUNYCODE):
        return True
    return not label.isascii() and label in _international()


@cache
def _international() -> frozenset[str]:
    codes = _INTERNATIONAL.split()
    return frozenset(_normalized(code.encode().decode("punycode")) for code in codes)


def _hosts(plain: str) -> Iterator[tuple[str, int]]:
    """Yield possible host names and IP addresses, each with the position of its end."""
    for run in _RUN.finditer(plain):
        host = run[0].strip("._-")
        *_, name, top = ["", *host.split(".")]
        is_host = (
            (name and _TOP_LEVEL_DOMAIN.fullmatch(top))
            or _IP_ADDRESS.fullmatch(host)
            or host == _LOCALHOST
        )
        if is_host and host.casefold() not in _NO_HOSTS:
            yield host, run.end()


def _normalized(text: str) -> str:
    """Return a text as browsers read a URL: full-width and other compatibility forms as plain."""
    if text.isascii():
        return text
    plain = "".join(map(_plain, _IGNORED.sub("", text)))
    return _IDEOGRAPHIC_DOT.sub(_dot, _IGNORED.sub("", plain))


def _dot(match: re.Match[str]) -> str:
    before, label = match[1] or "", match[2]
    is_dot = (before and _ALPHABETIC.match(label)) or _is_well_known(label)
    return f"{before}{'.' if is_dot else match[0][len(before)]}{label}"


@lru_cache(maxsize=1024)
def _plain(character: str) -> str:
    # NFKC turns some characters into phrases, which no URL contains. Marks are part of a letter.
    plain = unicodedata.normalize("NFKC", character)
    plain = plain if len(plain) <= _LONGEST_FORM else character
    return "".join(part for part in plain if not unicodedata.category(part).startswith("M"))
