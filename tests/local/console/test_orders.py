"""The list of the orders, and the timeline of one."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from handlers.common.contract import iso_8601
from local.console.paging import PAGE_SIZE
from local.monitoring.activity import Event
from tests.local.console.emails import an_email
from tests.support.deliveries import a_queued_order
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from tests.local.console.support import Browser, FakeActivity, FakeDeployment
    from tests.orderctl.support.operator import OperatorStack

_ROW = re.compile('<tr data-key="([^"]+)">(.*?)</tr>', re.DOTALL)
_TAG = re.compile("<[^>]+>")


def _rows(page: str) -> dict[str, str]:
    """The text of each row of the list by the order's ID."""
    return {key: " ".join(_TAG.sub(" ", row).split()) for key, row in _ROW.findall(page)}


def _reads(operator: OperatorStack) -> list[str]:
    """The reads of tables and streams; what is in queues is read again after a while."""
    return [
        one
        for one in operator.operations
        if one.startswith(("Scan", "Query", "Get", "Batch")) and one != "GetQueueAttributes"
    ]


def _created(minute: int) -> str:
    return f"2026-01-15T10:{minute:02}:00.000Z"


def test_orders_are_listed_newest_first(browser: Browser, operator: OperatorStack) -> None:
    """The newest order is the first, in any order of the table."""
    for minute in (3, 1, 2):
        operator.store_order(orderId=f"order-{minute}", createdAt=_created(minute))

    rows = _rows(browser.get("/orders").text)

    assert list(rows) == ["order-3", "order-2", "order-1"]
    assert "60 USD" in rows["order-1"]
    assert "CUST-12345" in rows["order-1"]


def test_the_list_follows_the_table(browser: Browser, operator: OperatorStack) -> None:
    """Orders that are stored, changed or deleted after the first look are so in the next."""
    operator.store_order(orderId="first")
    assert list(_rows(browser.get("/orders").text)) == ["first"]

    operator.store_order(orderId="second", createdAt=_created(59))
    assert list(_rows(browser.get("/orders").text)) == ["second", "first"]

    key = {"orderId": {"S": "first"}}
    operator.account.dynamodb.delete_item(TableName=ORDERS_TABLE, Key=key)
    assert list(_rows(browser.get("/orders").text)) == ["second"]


def test_a_long_list_has_pages(browser: Browser, operator: OperatorStack) -> None:
    """A page holds fifty orders, links to its neighbours, and takes no more calls than one order.

    The table is scanned once.
    """
    operator.store_order(orderId="order-0", createdAt=_created(0))
    browser.get("/orders")
    operator.connection.calls.clear()
    browser.get("/orders")
    calls = _reads(operator)
    for number in range(1, PAGE_SIZE + 2):
        operator.store_order(orderId=f"order-{number}", createdAt=_created(number))
    browser.get("/orders")
    operator.connection.calls.clear()

    page = browser.get("/orders").text

    assert _reads(operator) == calls
    assert "Scan" not in calls
    assert len(_rows(page)) == PAGE_SIZE
    assert 'rel="next" href="?page=2"' in page
    assert 'rel="prev"' not in page
    last = browser.get("/orders?page=2").text
    assert list(_rows(last)) == ["order-1", "order-0"]
    assert list(_rows(browser.get("/orders?page=99").text)) == list(_rows(last))
    assert len(_rows(browser.get("/orders?page=x").text)) == PAGE_SIZE


def test_the_state_of_every_order_is_shown(
    browser: Browser, operator: OperatorStack, activity: FakeActivity
) -> None:
    """Finished, waiting, failing and dead-lettered orders have different states."""
    done, waiting, failing, dead = (operator.store_order()["orderId"] for _ in range(4))
    operator.deliver(done, "email", "audit")
    operator.add_dead_letter("audit", f'{{"orderId": "{dead}"}}')
    line = {"level": "ERROR", "orderId": failing, "messageId": "1", "attempt": 2}
    event = Event(at=datetime.now(UTC), function="email", request_id="1", outcome="failed")
    activity.log(Event(**{**vars(event), "order_id": failing, "fields": line}))

    rows = _rows(browser.get("/orders").text)

    assert "done stored published emailed audited" in rows[done]
    assert "not yet stored published: not yet" in rows[waiting]
    assert "emailed: to be tried again" in rows[failing]
    assert "audited: dead-lettered" in rows[dead]


def test_accepted_orders_that_could_not_be_stored_come_first(
    browser: Browser, operator: OperatorStack, activity: FakeActivity
) -> None:
    """An order of the order queue is in the list before the table has it, if it fails."""
    operator.store_order(orderId="stored")
    operator.add_dead_letter("orders", a_queued_order(orderId="dead"))
    operator.add_dead_letter("orders", a_queued_order(orderId="stored"))
    for order_id, at in {
        "failing": datetime.now(UTC),
        "earlier": datetime(2026, 1, 1, tzinfo=UTC),
    }.items():
        line = {"level": "ERROR", "orderId": order_id, "messageId": "1", "attempt": 1}
        activity.log(
            Event(
                at=at,
                function="processor",
                request_id="1",
                outcome="failed",
                level="ERROR",
                order_id=order_id,
                fields=line,
            )
        )

    rows = _rows(browser.get("/orders").text)

    assert list(rows) == ["failing", "dead", "stored"]
    assert rows["failing"].startswith("not stored")
    assert "stored: to be tried again" in rows["failing"]
    assert "stored: dead-lettered" in rows["dead"]
    assert browser.get("/orders/dead").status_code == 200


@pytest.mark.parametrize("query", ["found", "its-client-id", "CUST-1"])
def test_an_order_is_found_by_an_id(browser: Browser, operator: OperatorStack, query: str) -> None:
    """An order is found by its ID, by the client's ID of it, and by its customer's ID."""
    scoped = {"clientOrderId": "its-client-id", "customerId": "CUST-1"}
    operator.store_order(orderId="found", **scoped)
    operator.store_order(orderId="another", customerId="CUST-2")
    assert list(_rows(browser.get(f"/orders?id={query}").text)) == ["found"]


def test_an_id_that_is_not_stored_leads_to_the_logs(browser: Browser) -> None:
    """What has no stored order may be in a dead-letter queue or a log, to which a link leads."""
    page = browser.get("/orders?id=unknown").text
    assert "No stored order has this ID" in page
    assert 'href="/orders/unknown"' in page
    missing = browser.get("/orders/unknown")
    assert missing.status_code == 404
    assert "Nothing is stored or logged about this order." in missing.text


@pytest.mark.parametrize("api", ["orders", "intake"])
def test_a_finished_order_shows_every_hop(
    browser: Browser,
    operator: OperatorStack,
    deployment: FakeDeployment,
    activity: FakeActivity,
    api: str,
) -> None:
    """Each hop has its state, duration, correlation ID, payload and log lines."""
    order_id = operator.store_order(createdAt=iso_8601(datetime.now(UTC)))["orderId"]
    event = operator.deliver(order_id, "email", "audit")
    line = {"level": "INFO", "message": "Order accepted", "orderId": order_id}
    operator.log(api, json.dumps(line))
    _deploy_api(deployment, api)
    deployment.messages = [an_email(Subject=f"Order Confirmation - Order #{order_id}")]
    for function, milliseconds in {api: 1234.5, "relay": 11, "email": 22, "audit": 33}.items():
        activity.log(
            Event(
                at=datetime.now(UTC),
                function=function,
                request_id=function,
                outcome="ok",
                order_id=order_id,
                duration_ms=milliseconds,
            )
        )

    page = browser.get(f"/orders/{order_id}").text

    for hop in ("API request", "Stored", "Published", "Emailed", "Audited"):
        assert f"<h3>{hop}</h3>" in page
    for duration in ("1.2 s", "11 ms", "22 ms", "33 ms"):
        assert page.count(f"invocation {duration}") == 1
    for payload in ("Stored order", "Event", "Text of the email", "Audit record"):
        assert f"<summary>{payload}</summary>" in page
    for message in ("Order accepted", "Order event published", "Confirmation sent"):
        assert message in page
    assert page.count('Correlation ID <span class="id">corr-1</span>') == 5
    assert event.event_id in page
    assert 'href="/mailbox/1"' in page


def _deploy_api(deployment: FakeDeployment, api: str) -> None:
    """Make a function the one behind the API, with a queue of orders if it needs one."""
    outputs = deployment.outputs
    outputs["functionNames"] = {**outputs["functionNames"], api: api}
    if api == "orders":
        for queues in ("queueUrls", "deadLetterQueueUrls"):
            outputs[queues] = {name: url for name, url in outputs[queues].items() if name != api}


def test_a_page_is_live_until_nothing_more_happens(
    browser: Browser, operator: OperatorStack
) -> None:
    """The page of an order is updated until all of its steps are done, and a moment longer."""
    finished, just_done, waiting = (operator.store_order()["orderId"] for _ in range(3))
    for order_id in (finished, just_done):
        operator.deliver(order_id, "email", "audit")
    records = {record["orderId"]: record for record in operator.account.audit_records()}
    old = {**records[finished], "recordedAt": "2026-01-15T10:30:01.000Z"}
    operator.account.dynamodb.put_item(TableName=AUDIT_TABLE, Item=as_image(old))

    live = {
        order_id: "data-live" in browser.get(f"/orders/{order_id}").text.partition('id="order"')[2]
        for order_id in (finished, just_done, waiting)
    }

    assert live == {finished: False, just_done: True, waiting: True}


def test_a_dead_letter_is_redriven_from_its_order(
    browser: Browser, operator: OperatorStack
) -> None:
    """The page of an order shows its dead letters, and a redrive leads back to it."""
    order_id = operator.store_order()["orderId"]
    message_id = operator.add_dead_letter("email", f'{{"orderId": "{order_id}"}}')
    page = browser.get(f"/orders/{order_id}").text
    assert f'data-key="{message_id}"' in page
    assert 'id="order" data-live=' in page

    result = browser.post("/dead-letters/email/redrive", messages=message_id, order=order_id)

    assert result.url.path == f"/orders/{order_id}"
    assert "1 message moved back." in result.text
    assert len(operator.work_messages("email")) == 1


def test_a_replay_publishes_the_order_again(browser: Browser, operator: OperatorStack) -> None:
    """A replay sends the event to every workflow, and says so."""
    order_id = operator.store_order()["orderId"]
    page = browser.post("/replay", order=order_id)
    assert "1 order published again." in page.text
    assert operator.published() == [order_id]


def test_no_notice_has_an_email_address(browser: Browser) -> None:
    """A notice is in a URL, so an email address in it is masked."""
    page = browser.post("/dead-letters/jane.roe@example.com/redrive", messages="a")
    assert "Unknown queue &#39;j***@example.com&#39;" in page.text
    assert "jane" not in str(page.url)


def test_what_cannot_be_replayed_is_reported(browser: Browser) -> None:
    """A replay of an order that is not stored, and sending it again, say why they do nothing."""
    assert "There is no stored order gone." in browser.post("/replay", order="gone").text
    page = browser.post("/send-again", order="gone").text
    assert "Not sent: the request cannot be derived from the stored order." in page
