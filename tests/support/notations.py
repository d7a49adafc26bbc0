"""Notations of email addresses, for tests that search for addresses in logs."""

from __future__ import annotations

from typing import Final

# `{}` is the local part. Requests accept every one of them as text.
NOTATIONS: Final = (
    "{}@example.com",
    "{}\uff20example.com",
    "{}\ufe6bexample.com",
    "{}%40example.com",
    "{}%2540example.com",
    "{}%EF%BC%A0example.com",
    "{}&#64;example.com",
    "{}&#064;example.com",
    "{}&#x40;example.com",
    "{}&#X40;example.com",
    "{}&#64example.com",
    "{}&commat;example.com",
    "{}&amp;#64;example.com",
    "{}&nbsp;@example.com",
    "{}\\u0040example.com",
    "{}\\\\u0040example.com",
    "{}\\u{{40}}example.com",
    "{}\\x40example.com",
    "{}\\@example.com",
    "{}\\u{{000040}}example.com",
    "{}\\U00000040example.com",
    "{}\\uff20example.com",
    "{}\\u{{e0040}}example.com",
    "{}\\udb40\\udc40example.com",
    "{}\\x{{40}}example.com",
    "{}\\xef\\xbc\\xa0example.com",
    "{}\\357\\274\\240example.com",
    "{}\\N{{COMMERCIAL AT}}example.com",
    "{}\\N{{FULLWIDTH COMMERCIAL AT}}example.com",
    "{}\\N{{U+0040}}example.com",
    "{}\\100example.com",
    "{}\\\\100example.com",
    "{}\\0100example.com",
    "{}\\100example\\056com",
    "{}\\o{{100}}example.com",
    "{}%u0040example.com",
    "{}%F3%A0%81%80example.com",
    "{}%26%2364%3Bexample.com",
    "{}\\u0026#64;example.com",
    "{}&#65312;example.com",
    "{}&#xe0040;example.com",
    "{}=EF=BC=A0example.com",
    "{}=40example=2Ecom",
    "{}+/yA-example.com",
    "{}=40example.com",
    "{}+AEA-example.com",
    "{} @ example.com",
    "{}@ example.com",
    "{} @example.com",
    "{}(home)@example.com",
    "{} (home) @example.com",
    "{}(at (home))@example.com",
    '"{}"@example.com',
    '"{} x"@example.com',
    '"x\\"{}"@example.com',
    '\\"{} x\\"@example.com',
    "&quot;{} x&quot;&#64;example.com",
    "&#34;{} x&#34;@example.com",
    "%22{} x%22%40example.com",
    "\\u0022{} x\\u0022\\u0040example.com",
    "\\x22{} x\\x22\\x40example.com",
    "\\042{} x\\042\\100example.com",
    "=22{} x=22=40example.com",
    "+ACI-{} x+ACI-+AEA-example.com",
    '"x y".{}@example.com',
    '{}."x y"@example.com',
    "\u201c{} x\u201d@example.com",
    "\\u201c{} x\\u201d@example.com",
    "&ldquo;{} x&rdquo;&#64;example.com",
    "%E2%80%9C{} x%E2%80%9D%40example.com",
    "mailto:{}@example.com",
    "mailto:{}%40example.com?subject=x",
    "<{}@example.com>",
    "'{}@example.com'",
    "[{}@example.com]",
    "x,{}@example.com,y@example.org",
    "https://example.org/?to={}%40example.com&x=1",
    "arn:aws:sts::123456789012:assumed-role/Admin/{}@example.com",
    "=?utf-8?q?{}=40example.com?=",
)
# Those that are valid in a header: ASCII without spaces.
TOKENS: Final = tuple(
    notation for notation in NOTATIONS if notation.isascii() and " " not in notation
)

# Notations of one character of a local part.
_CHARACTERS: Final = (
    *(".", "+", "'", "=", "{", "}", "é", "ж", "\U0001f600", '"', '""', '\\"', '."', '".', '="'),
    *("\\", "\\\\", "\\.", "\u201d", "\\u002e", "\\\\u002e", "\\u{2e}", "\\U0000002e", "\\x2e"),
    *("\\x{2e}", "\\056", "\\56", "\\o{056}", "\\n", "\\e", "\\N{FULL STOP}", "\\N{U+002E}"),
    *("\\u0022", "\\x22", "\\042", "\\u{22}", "\\u0020", "\\ ", "\\ud83d\\ude00", "%2e", "%252e"),
    *("%u002e", "%20", "%22", "%C3%A9", "%26%2346%3B", "&#46;", "&#046;", "&#x2e;", "&#46"),
    *("&period;", "&amp;#46;", "&amp;amp;#46;", "\\u0026#46;", "%26#46;", "&quot;", "&amp;quot;"),
    *("&#34;", "&nbsp;", "&amp;", "=2E", "=C3=A9", "=22", "+AC4-", "+ACI-"),
)
# Logs may contain `Z`, the first character, but not `Q`, `K` and `W`, which no notation contains.
LOCALS: Final = (*(f"Z{each}Q{each}KW" for each in _CHARACTERS), "ZQKW", "ZQ.KW\\u002e")


def shown_of_local(text: str) -> str:
    """The characters of one of these local parts that a text contains."""
    return "".join(each for each in text if each in "ZQKW")
