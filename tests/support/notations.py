"""Notations in which an email address can be written, for tests that look for addresses in logs."""

from __future__ import annotations

from typing import Final

# `{}` is the local part, example.com the domain. None ends with a blank, or holds a character that requests refuse.
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
    "\u201c{} x\u201d@example.com",
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
# What the API accepts as a header's token: no blank, and ASCII alone.
TOKENS: Final = tuple(notation for notation in NOTATIONS if notation.isascii() and " " not in notation)
