"""Audit records on the console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support.functions import AUDIT_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from tests.local.console.support import Browser
    from tests.orderctl.support.operator import OperatorStack

_KEY = re.compile('<tr data-key="([^" ]+)')


def _record(operator: OperatorStack, audit_id: str, **changes: str) -> None:
    record = {
        "auditId": audit_id,
        "timestamp": "2026-01-15T10:30:00.000Z",
        "orderId": "ORDER-1",
        "eventType": "ORDER_CREATED",
        **changes,
    }
    operator.account.dynamodb.put_item(TableName=AUDIT_TABLE, Item=as_image(record))


def test_records_are_listed_newest_first(browser: Browser, operator: OperatorStack) -> None:
    """The record of the newest order is the first, with a link to the order and to its JSON."""
    _record(operator, "old", timestamp="2026-01-15T10:30:00.000Z")
    _record(operator, "new", timestamp="2026-01-16T10:30:00.000Z")
    page = browser.get("/audit").text
    assert _KEY.findall(page) == ["new", "old"]
    assert 'href="/orders/ORDER-1"' in page
    assert 'href="/audit/new/2026-01-16T10%3A30%3A00.000Z"' in page


def test_records_are_found_by_their_order(browser: Browser, operator: OperatorStack) -> None:
    """A search for an order shows its records alone."""
    _record(operator, "wanted", orderId="ORDER-1")
    _record(operator, "other", orderId="ORDER-2")
    assert _KEY.findall(browser.get("/audit?order=ORDER-1").text) == ["wanted"]
    assert "This order has no audit record." in browser.get("/audit?order=nowhere").text


def test_a_record_is_shown_as_json(browser: Browser, operator: OperatorStack) -> None:
    """A record's page has all of it; an unknown one is not found."""
    _record(operator, "a", name="<b>")
    page = browser.get("/audit/a/2026-01-15T10:30:00.000Z")
    assert "&#34;name&#34;: &#34;&lt;b&gt;&#34;" in page.text
    assert browser.get("/audit/b/2026-01-15T10:30:00.000Z").status_code == 404
