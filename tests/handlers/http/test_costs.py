"""Limits of the CPU time, response and logs of a rejected request."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest

from handlers.http.rejection import MAX_BODY_BYTES
from tests.support.lookups import get_order
from tests.support.requests import an_order, http_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.mock_account import ApiResponse, MockAccount

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


_MOST_CALLS = 20
_LONGEST_LINE = 8 * 1024
_LARGEST_RESPONSE = 24 * 1024
_MOST_METRIC_LINES = 12


def _calls(account: MockAccount, body: str, handler: str) -> int:
    """The number of function calls for a request, as a measure of CPU time."""
    event, calls = http_request(body), 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        account.send(event, handler)
    finally:
        sys.setprofile(before)
    return calls


def _assert_left_little(account: MockAccount, response: ApiResponse) -> None:
    """The response and every line of the log stay small, and there are few of them."""
    assert response.status == 400
    assert len(response.text.encode()) <= _LARGEST_RESPONSE
    assert len(response.body["errors"]) <= 101
    assert len(account.console.metrics) <= _MOST_METRIC_LINES
    lines = account.console.getvalue().split("\n")
    assert max(len(line.encode()) for line in lines) < _LONGEST_LINE
    assert len(lines) <= _MOST_METRIC_LINES + 3


@pytest.mark.parametrize("handler", ["orders", "intake"])
@pytest.mark.parametrize("body", COSTLY.values(), ids=COSTLY)
def test_no_body_costs_much_more_than_another(
    account: MockAccount, body: str, handler: str
) -> None:
    """No body of 10 KB takes twenty times the work of an ordinary one, or leaves a large trace."""
    assert len(body.encode()) <= MAX_BODY_BYTES
    ordinary = min(_calls(account, ORDINARY, handler) for _ in range(2))

    assert _calls(account, body, handler) <= _MOST_CALLS * ordinary
    _assert_left_little(account, account.post(body, handler=handler))


def test_a_response_names_the_first_violations_and_counts_the_others(account: MockAccount) -> None:
    """A response lists 100 violations, and the number of the others."""
    known = an_order()
    for extra in (99, 100, 101, 150, 600):
        response = account.post({**known, **{f"x{name(number)}": 1 for number in range(extra)}})
        errors = response.body["errors"]
        assert len(errors) == min(extra, 101)
        assert errors[0] == {"field": "x0", "message": "Is not a field of an order"}
        if extra > 100:
            assert errors[-1] == {"field": "body", "message": f"…and {extra - 100} more"}
        assert account.console.metric("ValidationErrors")[0][0] == extra
        assert account.console.log("Request rejected")["violations"] == extra


def test_unknown_fields_of_items_are_counted(account: MockAccount) -> None:
    """The number of further violations includes those of items and of the order."""
    item = {
        "productId": "P",
        "quantity": 0,
        "price": 1,
        **{name(number): 1 for number in range(10, 30)},
    }
    response = account.post(an_order(items=[item] * 20, colour="red"))

    assert response.body["errors"][-1]["message"] == f"…and {20 * 21 + 1 - 100} more"
    counts = {
        metric["field"]: count for count, metric in account.console.metric("ValidationErrors")
    }
    assert counts == {"?": 1, "items[].?": 400, "items[].quantity": 20}


def test_the_log_counts_by_rule_and_field(account: MockAccount) -> None:
    """Equal violations are one entry of the log, with their number."""
    account.post(an_order(items=[{"productId": "P", "quantity": 0, "price": 1}] * 30, colour="red"))

    assert account.console.log("Request rejected")["errors"] == [
        {"field": "items[].quantity", "message": "Must be at least 1", "count": 30},
        {"field": "?", "message": "Is not a field of an order", "count": 1},
    ]


@pytest.mark.parametrize(("lines", "status"), [(20, 200), (21, 400), (2_000, 400)])
@pytest.mark.parametrize("field", ["shippingAddress", "billingAddress"])
def test_an_address_has_few_lines(
    account: MockAccount, field: str, lines: int, status: int
) -> None:
    """An address has at most 20 lines; with more, no line is validated."""
    value = "x" if lines < 2_000 else ""
    address = {name(number): value for number in range(lines if lines < 2_000 else 900)}
    response = account.post(an_order(**{field: address}))

    assert response.status == status
    if status == 400:
        assert response.body["errors"] == [
            {"field": field, "message": "Must have at most 20 entries"}
        ]


@pytest.mark.parametrize("handler", ["orders", "intake", "lookup"])
def test_parameters_leave_short_traces(account: MockAccount, handler: str) -> None:
    """With any number of query parameters, response and log stay small."""
    query = {name(number): "" for number in range(2_500)}
    event = http_request(ORDINARY) if handler != "lookup" else get_order("A-1").through_http_api()
    response = account.send({**event, "queryStringParameters": query}, handler)

    _assert_left_little(account, response)
    assert re.fullmatch(r"…and \d+ more", response.body["errors"][-1]["message"])
    assert not [
        text for text in query if len(text) > 2 and f'"{text}"' in account.console.getvalue()
    ]


def test_headers_leave_short_traces(account: MockAccount) -> None:
    """Neither the number nor the length of headers makes a log line long."""
    headers = {
        "X-Correlation-Id": "c" * 255,
        **{f"X-{name(number)}": "v" * 100 for number in range(90)},
    }
    for handler in ("orders", "intake"):
        response = account.post(
            COSTLY["every field wrong, and unknown fields"], headers=headers, handler=handler
        )
        _assert_left_little(account, response)
    assert "v" * 100 not in account.console.getvalue()
    assert json.loads(response.text)["requestId"]
