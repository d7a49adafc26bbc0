"""Request bodies of up to 10 KB that are costly in CPU time, response or log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from handlers.http.rejection import MAX_BODY_BYTES
from tests.support.requests import an_order

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_ORDER: Final = json.dumps(an_order())[:-1]
_WITHOUT_ITEMS: Final = json.dumps(an_order(items=None))[:-1]
_ITEM: Final = '"productId":"P","quantity":1,"price":1'
_BAD_ITEM: Final = '{"productId":"","productName":"","quantity":0,"price":0,"subtotal":"x"'
_BAD_FIELDS: Final = (
    '"orderId":"","customerId":"","customerName":"","customerEmail":"","totalAmount":"x",'
    '"currency":"","shippingAddress":[],"billingAddress":[],"notes":1,"priority":1'
)
_ADDRESS: Final = f'{_ORDER},"shippingAddress":{{'


def name(number: int) -> str:
    """A short name, another one for every number."""
    rest, digit = divmod(number, len(_DIGITS))
    return (name(rest) if rest else "") + _DIGITS[digit]


def _filled(start: str, unit: Callable[[int], str], end: str) -> str:
    """As many units, separated by commas, as fit into a body."""
    units: list[str] = []
    room = MAX_BODY_BYTES - len((start + end).encode())
    while (room := room - len(unit(len(units)).encode()) - 1) >= 0:
        units.append(unit(len(units)))
    return start + ",".join(units) + end


def _products(name: Callable[[int], str]) -> str:
    return _filled('{"items":[', lambda number: f'{{{_ITEM},"productName":"{name(number)}"}}', "]}")


def _members(count: int, prefix: str = "", value: str = "1") -> str:
    return ",".join(f'"{prefix}{name(number)}":{value}' for number in range(count))


def _items(*items: str) -> str:
    return f'{{"items":[{",".join(items)}]}}'


def _notes(text: str) -> str:
    """An order with the longest notes of a body, the last character of which is invalid."""
    start, end = f'{_ORDER},"notes":"', '\\u0001"}'
    return (
        start + text * ((MAX_BODY_BYTES - len((start + end).encode())) // len(text.encode())) + end
    )


_BAD_LINES: Final = "{" + _members(20, prefix="k" * 150, value='"\\u0001"') + "}"
ORDINARY: Final = json.dumps(an_order(customerName="J", currency="usd"))

COSTLY: Final = {
    "unknown fields": _filled("{", lambda n: f'"{name(n)}":1', "}"),
    "unknown fields beside an order": _filled(f"{_ORDER},", lambda n: f'"{name(n)}":1', "}"),
    "unknown fields of null": _filled("{", lambda n: f'"{name(n)}":null', "}"),
    "unknown objects": _filled("{", lambda n: f'"{name(n)}":{{}}', "}"),
    "unknown fields, not in ASCII": _filled('{"é":1,', lambda n: f'"{name(n)}":1', "}"),
    "address lines that are numbers": _filled(_ADDRESS, lambda n: f'"{name(n)}":1', "}}"),
    "empty address lines": _filled(_ADDRESS, lambda n: f'"{name(n)}":""', "}}"),
    "valid address lines": _filled(_ADDRESS, lambda n: f'"{name(n)}":"x"', "}}"),
    "address lines of null": _filled(_ADDRESS, lambda n: f'"{name(n)}":null', "}}"),
    "blank names of address lines": _filled(_ADDRESS, lambda n: f'"{" " * n}":1', "}}"),
    "nested address lines": _filled(_ADDRESS, lambda n: f'"{name(n)}":[[]]', "}}"),
    "address lines with control characters": _filled(
        _ADDRESS, lambda n: f'"{name(n)}":"\\u0001"', "}}"
    ),
    "one address line many times": _filled(_ADDRESS, lambda _: '"a":1', "}}"),
    "twenty bad lines twice": f'{{"shippingAddress":{_BAD_LINES},"billingAddress":{_BAD_LINES}}}',
    "one field many times": _filled("{", lambda _: '"a":1', "}"),
    "items many times": _filled("{", lambda _: '"items":[]', "}"),
    "arrays in arrays": "[" * 5_120 + "]" * 5_120,
    "arrays in arrays, as deep as the parser goes": "[" * 400 + "]" * 400,
    "objects in objects": '{"a":' * 450 + "1" + "}" * 450,
    "arrays": _filled("[", lambda _: "[]", "]"),
    "arrays, not in ASCII": _filled('["é",', lambda _: "[]", "]"),
    "objects, not in ASCII": _filled('["é",', lambda _: "{}", "]"),
    "small objects": _filled("[", lambda _: '{"a":{}}', "]"),
    "items that are arrays": _filled('{"items":[', lambda _: "[]", "]}"),
    "items that are numbers": _filled('{"items":[', lambda _: "1", "]}"),
    "empty items": _filled('{"items":[', lambda _: "{}", "]}"),
    "50 empty items": _items(*["{}"] * 50),
    "items with an unknown field": _filled('{"items":[', lambda _: '{"a":1}', "]}"),
    "items in an object": _filled('{"items":{', lambda n: f'"{name(n)}":1', "}}"),
    "50 items with many unknown fields": _items(*[f"{{{_ITEM},{_members(24)}}}"] * 50),
    "51 items with many unknown fields": _items(*[f"{{{_members(30)}}}"] * 51),
    "every field wrong": f'{{{_BAD_FIELDS},"items":[{",".join([_BAD_ITEM + "}"] * 50)}]}}',
    "every field wrong, and unknown fields": _filled(
        f'{{{_BAD_FIELDS},"items":[{",".join([_BAD_ITEM + "}"] * 50)}],',
        lambda n: f'"{name(n)}":1',
        "}",
    ),
    "a price many times": _items(*["{" + ",".join(['"price":1'] * 16) + "}"] * 50),
    "a long total": '{"totalAmount":' + "9" * 10_200 + "}",
    "a long price": '{"items":[{"price":' + "9" * 10_200 + "}]}",
    "a long fraction": '{"items":[{"productId":"P","quantity":1,"price":0.' + "9" * 10_150 + "}]}",
    "a long exponent": '{"items":[{"price":1e' + "9" * 10_200 + "}]}",
    "a large exponent": '{"items":[{"productId":"P","quantity":1,"price":1e999999}]}',
    "a small exponent": '{"items":[{"productId":"P","quantity":1,"price":1e-999999}]}',
    "large subtotals": _items(*[f'{{{_ITEM},"subtotal":1e999999}}'] * 50),
    "large quantities": _items(*['{"productId":"P","quantity":1e999999,"price":1e-999999}'] * 50),
    "long numbers": _filled('{"items":[', lambda _: f'{{"price":{"9" * 190}}}', "]}"),
    "numbers": _filled("[", lambda _: "1.5", "]"),
    "not numbers": _filled('{"items":[', lambda _: "NaN", "]}"),
    "booleans": _filled("[", lambda _: "true", "]"),
    "notes": _notes("n"),
    "notes with decomposed letters": _notes("e\u0301"),
    "notes with decomposed syllables": _notes("\u1100\u1161"),
    "notes with marks in the wrong order": _notes("\u0301\u0316"),
    "notes that decompose": _notes("\ufb2c"),
    "notes with dots": _notes("a."),
    "notes with web addresses": _notes("http://"),
    "notes with at signs": _notes("a@"),
    "notes with flags": _notes("\U0001f3f4\U000e0067\U000e007f"),
    "notes with tags": _notes("\U000e0041"),
    "a long name": '{"customerName":"' + "x" * 10_000 + '"}',
    "a name of dots": '{"customerName":"' + "a." * 5_000 + '"}',
    "a name of marks": '{"customerName":"a' + "\u0301" * 5_000 + '"}',
    "names of products with dots": _items(*[f'{{{_ITEM},"productName":"{"x." * 70}"}}'] * 50),
    "names of products with web addresses": _items(
        *[f'{{{_ITEM},"productName":"{"www." * 35}"}}'] * 50
    ),
    "names of products with domains": _products(lambda _: "\u0436.\u0436\u0436 " * 13),
    "names of products with ideographic dots": _products(lambda _: "\u4f8b\u3002" * 21),
    "names of products in many letters": _products(
        lambda n: "".join(chr(0x4E00 + 40 * n + k) for k in range(40))
    ),
    "an address of dots": '{"customerEmail":"' + "a." * 5_000 + '"}',
    "an address of at signs": '{"customerEmail":"' + "a@" * 5_000 + '"}',
    "an address of hyphens": '{"customerEmail":"a@' + "a-" * 5_000 + '"}',
    "an address of blanks": '{"customerEmail":"' + " " * 10_000 + '"}',
    "a long orderId": '{"orderId":"' + "a" * 10_000 + '"}',
    "a long currency": '{"currency":"' + "a" * 10_000 + '"}',
    "a long unknown field": '{"' + "k" * 10_200 + '":1}',
    "a long name of an address line": f'{_ADDRESS}"{"k" * 9_000}":1}}}}',
    "no JSON": "x" * 10_240,
    "quotation marks": '"' * 10_240,
    "escapes": '"' + "\\n" * 5_000 + '"',
    "escaped letters": _filled("[", lambda _: '"\\u00e9"', "]"),
    "escapes without an end": '{"a":"' + "\\u0041" * 1_700,
    "spaces": " " * 10_239 + "{",
    "50 items, one of them invalid": f'{_WITHOUT_ITEMS},"items":['
    + ",".join([f'{{{_ITEM},"subtotal":1}}'] * 49 + ['{"productId":"P","quantity":1,"price":0}'])
    + "]}",
}
