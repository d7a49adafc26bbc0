"""Data of other software and of attackers on the console's pages."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from local.console.text import pretty_json, visible
from tests.local.console.emails import an_email
from tests.orderctl.support.operator import MALFORMED_BODIES
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from tests.local.console.support import Browser, FakeDeployment
    from tests.orderctl.support.operator import OperatorStack

_SCRIPT = "<script>alert(1)</script>"
_ATTRIBUTE = "\" onmouseover='alert(1)' x=\""
_OVERRIDE = "abc\u202e\x1b[31m\x00def"

# What other software may have written to the orders table, or a customer may have sent.
ITEMS: list[dict[str, Any]] = [
    {"customerName": _SCRIPT, "customerId": _SCRIPT, "status": _SCRIPT, "notes": _OVERRIDE},
    {"customerId": _ATTRIBUTE, "currency": _ATTRIBUTE, "correlationId": _ATTRIBUTE},
    {"orderId": _SCRIPT},
    {"orderId": _ATTRIBUTE},
    {"orderId": _OVERRIDE},
    {"orderId": "a/../../b?c=d&e#f"},
    {"orderId": "\u202e"},
    {"createdAt": "yesterday"},
    {"createdAt": "9999-12-31T23:59:59.999-23:59"},
    {"createdAt": 7, "clientOrderId": 7},
    {"createdAt": None, "items": None, "totalAmount": None},
    {"items": "no list", "totalAmount": "no number", "currency": ["no text"]},
    {"expiresAt": "no time", "customerEmail": {"no": "text"}},
    {"customerId": b"\x00\xff", "status": {"a", "b"}},
]


class _Reader(HTMLParser):
    """Collects what a browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element."""
        names = dict(attrs)
        self.runs += [name for name in names if name.startswith("on")]
        if tag == "script" and names.get("src") != "/static/console.js":
            self.runs.append(tag)


def _harmless(page: str) -> None:
    """A page has no text that a browser would run or display in another order."""
    reader = _Reader()
    reader.feed(page)
    assert reader.runs == []
    for character in "\u202e\x1b\x00":
        assert character not in page


@pytest.mark.parametrize("changes", ITEMS, ids=range(len(ITEMS)))
def test_any_item_of_the_orders_table_is_shown(
    browser: Browser, operator: OperatorStack, changes: dict[str, Any]
) -> None:
    """Any item of the table has a row and a page, which do no harm."""
    order = operator.store_order(**changes)

    listed = browser.get("/orders")
    found = browser.get(f"/orders?id={quote(order['orderId'], safe='')}")
    shown = browser.get(f"/orders/{quote(order['orderId'], safe='')}")

    for page in (listed, found, shown):
        assert page.status_code == 200, page.text
        _harmless(page.text)
    assert listed.text.count("<tr data-key=") == 1


BODIES = [
    *MALFORMED_BODIES,
    _SCRIPT,
    f'{{"orderId": "{_SCRIPT}"}}',
    '{"orderId": "\\ud800\\u202e", "\\ud800": 1}',
    '{"orderId": "a", "total": 1e999999999, "b": 1' + "0" * 5000 + "}",
    '{"DDBStreamBatchInfo": "no object", "requestContext": {"condition": ["no text"]}}',
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("queue", ["email", "relay", "orders"])
def test_any_dead_letter_is_shown(
    browser: Browser, operator: OperatorStack, queue: str, body: str
) -> None:
    """Any message of a dead-letter queue is shown and does no harm."""
    operator.add_dead_letter(queue, body)
    page = browser.get("/dead-letters")
    assert page.status_code == 200
    _harmless(page.text)
    assert "1 message deleted." in browser.post(f"/dead-letters/{queue}/discard", all="yes").text


@pytest.mark.parametrize("text", [_SCRIPT, _ATTRIBUTE, _OVERRIDE])
def test_any_email_is_shown(browser: Browser, deployment: FakeDeployment, text: str) -> None:
    """The pages around the frame of any email do no harm."""
    names = ("Source", "Subject", "BodyText", "BodyHtml")
    deployment.messages = [an_email(To=[text], **dict.fromkeys(names, text))]
    for path in ("/mailbox", "/mailbox/1", "/mailbox/1/text", "/mailbox/1/source"):
        page = browser.get(path)
        assert page.status_code == 200
        _harmless(page.text)


@pytest.mark.parametrize("text", [_SCRIPT, _ATTRIBUTE, _OVERRIDE])
def test_any_audit_record_is_shown(browser: Browser, operator: OperatorStack, text: str) -> None:
    """Any item of the audit table is shown and does no harm."""
    names = ("auditId", "timestamp", "orderId", "eventType", "recordedAt")
    item = as_image(dict.fromkeys(names, text))
    operator.account.dynamodb.put_item(TableName=AUDIT_TABLE, Item=item)
    page = browser.get("/audit")
    assert page.status_code == 200
    _harmless(page.text)


@pytest.mark.parametrize("query", [_SCRIPT, _ATTRIBUTE, _OVERRIDE, "x" * 3000, "\ud800"])
def test_any_search_is_answered(browser: Browser, operator: OperatorStack, query: str) -> None:
    """A search that nothing matches repeats its text harmlessly."""
    operator.store_order()
    text = quote(query, errors="surrogatepass")
    for path in (f"/orders?id={text}", f"/audit?order={text}"):
        page = browser.get(path)
        assert page.status_code == 200, page.text
        _harmless(page.text)


def test_an_order_that_was_written_while_it_was_listed_is_left_out(
    browser: Browser, operator: OperatorStack
) -> None:
    """An order that is deleted between the index and the table has no row, and no error."""
    operator.store_order(orderId="a")
    operator.account.dynamodb.delete_item(TableName=ORDERS_TABLE, Key={"orderId": {"S": "a"}})
    assert browser.get("/orders").status_code == 200


def test_invisible_characters_are_escapes() -> None:
    """Characters that hide or reorder text are escapes; letters of every script are themselves."""
    assert visible("a\u202eb\x00\U000e0041c\u2066") == "a\\u202eb\\u0000\\U000e0041c\\u2066"
    text = "Zoë 注文 👩\u200d🚀\nnext"
    assert visible(text) == text


@pytest.mark.parametrize("value", ["1.10", "2", "-7", '"2"', "9" * 1000, "1E+400"])
def test_a_number_is_shown_as_it_is(value: str) -> None:
    """A JSON document with line breaks has each number with its digits, and as a number."""
    assert pretty_json(f'{{"a": {value}}}') == f'{{\n  "a": {value}\n}}'


@pytest.mark.parametrize("text", ["no JSON", "9" * 5000, "[" * 100_000])
def test_what_cannot_be_read_is_shown_as_it_is(text: str) -> None:
    """What is no JSON, or more than Python reads, has no line breaks."""
    assert pretty_json(text) == text
