"""SQS consumers: an invalid message fails alone, at once, with one log line."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from handlers.events.order_created import OrderCreated
from tests.support.deliveries import STORED, a_queued_order, an_event, failures, queue_batch
from tests.support.requests import an_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.mock_account import MockAccount

_LONG = "a'" * 60_000
_ITEM = STORED["items"][0]
_EXPECTED = {"processor": "an order", "email": "an order event", "audit": "an order event"}


def good(function: str) -> str:
    """A message that a consumer can read."""
    return a_queued_order(orderId="ORDER-good") if function == "processor" else an_event().to_json()


def bad(function: str, literals: dict[str, str]) -> str:
    """A message of which some fields hold other JSON."""
    message = json.loads(good(function))
    marks = {name: f"@@{name}@@" for name in literals}
    text = json.dumps(message | marks)
    for name, literal in literals.items():
        text = text.replace(f'"{marks[name]}"', literal)
    return text


def _item(**literals: str) -> dict[str, str]:
    fields = {name: json.dumps(value) for name, value in _ITEM.items()} | literals
    return {
        "items": "[{" + ",".join(f'"{name}":{literal}' for name, literal in fields.items()) + "}]"
    }


FIELDS: dict[str, dict[str, str]] = {
    "order ID of 120 KB": {"orderId": json.dumps(_LONG)},
    "customer ID of 120 KB": {"customerId": json.dumps(_LONG)},
    "correlation ID of 120 KB": {"correlationId": json.dumps(_LONG)},
    "currency of 120 KB": {"currency": json.dumps(_LONG)},
    "name of 120 KB": {"customerName": json.dumps(_LONG)},
    "address of 120 KB": {"customerEmail": json.dumps(_LONG + "@example.com")},
    "product ID of 120 KB": _item(productId=json.dumps(_LONG)),
    "product name of 120 KB": _item(productName=json.dumps(_LONG)),
    "quantity of ten million digits": _item(quantity="1e9999999"),
    "quantity of ten million decimals": _item(quantity="1e-9999999"),
    "quantity of 100,000 digits": _item(quantity="9" * 100_000),
    "quantity with 100,000 decimals": _item(quantity="1." + "0" * 100_000),
    "quantity in text": _item(quantity='"2"'),
    "quantity that is true": _item(quantity="true"),
    "price beyond everything": _item(price="1e9999999999999"),
    "price of 100,000 digits": _item(price="0." + "1" * 100_000),
    "price in text": _item(price='"' + "9" * 100_000 + '"'),
    "total beyond everything": {"totalAmount": "1e9999999"},
    "total that is nothing": {"totalAmount": "1e-9999999"},
    "order ID is a number": {"orderId": "7"},
    "order ID is a list": {"orderId": "[[]]"},
    "order ID is a lone surrogate": {"orderId": '"\\ud800"'},
    "items are an object": {"items": '{"length": 1}'},
    "items are numbers": {"items": "[1]"},
    "20,000 items": {"items": json.dumps([_ITEM] * 2_000)},
    "created before all times": {"createdAt": '"0001-01-01T00:00:00+14:00"'},
    "created after all times": {"createdAt": '"9999-12-31T23:59:59-12:00"'},
    "created at a number": {"createdAt": "1768473000"},
}


# Of CPU. A batch takes milliseconds, and the conversion of ten million digits half a minute.
_MOST_SECONDS = 5


@pytest.mark.parametrize("function", _EXPECTED)
@pytest.mark.parametrize("literals", FIELDS.values(), ids=FIELDS)
def test_invalid_message_fails_alone(
    account: MockAccount, function: str, literals: dict[str, str]
) -> None:
    """A message with an invalid field fails alone, at once, with a short log line."""
    batch = queue_batch(good(function), bad(function, literals), good(function))

    assert _seconds(lambda: account.invoke(function, batch)) < _MOST_SECONDS
    assert failures(account.invoke(function, batch)) == ["message-1"]

    logged = account.console.log(f"Message is not {_EXPECTED[function]}")
    assert (logged["level"], logged["messageId"], logged["attempt"]) == ("ERROR", "message-1", 1)
    assert len(account.console.getvalue()) < 20_000


def _seconds(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


@pytest.mark.parametrize("function", _EXPECTED)
@pytest.mark.parametrize(
    "change",
    [
        {"body": None},
        {"body": 5},
        {"body": {"orderId": "ORDER-1"}},
        {"body": "\ud800"},
    ],
    ids=str,
)
def test_message_without_a_body_fails_alone(
    account: MockAccount, function: str, change: dict[str, Any]
) -> None:
    """A record without a text body fails alone."""
    batch = queue_batch(good(function), "", good(function))
    batch["Records"][1] |= change

    assert failures(account.invoke(function, batch)) == ["message-1"]
    assert account.console.log(f"Message is not {_EXPECTED[function]}")["messageId"] == "message-1"


@pytest.mark.parametrize("function", _EXPECTED)
@pytest.mark.parametrize(
    "attributes", [None, {}, {"ApproximateReceiveCount": None}, {"ApproximateReceiveCount": "x"}]
)
def test_odd_message_attributes_are_ignored(
    account: MockAccount, function: str, attributes: Any
) -> None:
    """Unusual SQS attributes do not affect a message."""
    batch = queue_batch(good(function))
    batch["Records"][0] |= {
        "attributes": attributes,
        "messageAttributes": {"priority": {"binaryValue": 5}},
    }

    assert failures(account.invoke(function, batch)) == []


def test_largest_order_fits_the_event(account: MockAccount) -> None:
    """The longest values that the API accepts are published and parsed."""
    order = an_order(
        orderId="O" * 128,
        customerId="C" * 128,
        customerName="N" * 100,
        priority="P" * 128,
        items=[{"productId": "I" * 128, "quantity": 1000, "price": 999999.99}] * 50,
    )
    order["customerEmail"] = f"{'l' * 64}@{'d' * 63}.{'d' * 63}.{'d' * 57}.com"
    response = account.post(order, headers={"X-Correlation-Id": "X" * 255})
    assert response.status == 200, response.text
    account.relay("O" * 128)

    (body,) = account.receive("email")
    assert OrderCreated.from_json(body).order_id == "O" * 128
    assert failures(account.invoke("email", queue_batch(body))) == []
    assert failures(account.invoke("audit", queue_batch(body))) == []
