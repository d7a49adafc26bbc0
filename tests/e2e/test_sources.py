"""The sample requests of the source systems, sent to the example that stands for each, compared with their promises."""

from __future__ import annotations

import functools
import json
import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from tests.e2e.support import matrix
from tests.e2e.support.local_deployment import Deployment, deploy_example
from tests.support.polling import eventually
from tests.support.stacks import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from local.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

_TWO_ITEMS = [
    {"productId": "PROD-001", "quantity": 2, "price": 29.99},
    {"productId": "PROD-002", "quantity": 1, "price": 49.99},
]
_ADDRESS = {"street": "123 Main St", "city": "Seattle", "state": "WA", "zip": "98101"}
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture(scope="module")
def deployment(emulator: Emulator) -> Callable[[str], Deployment]:
    """Each example, deployed when it is first asked for."""
    return functools.cache(lambda name: deploy_example(emulator, name))


@pytest.fixture(scope="module")
def event_driven(deployment: Callable[[str], Deployment]) -> LocalStack:
    """The event-driven system."""
    return deployment("event-driven").stack


@pytest.fixture(scope="module")
def http_platform(deployment: Callable[[str], Deployment]) -> LocalStack:
    """The HTTP platform."""
    return deployment("http-platform").stack


@pytest.fixture(scope="module")
def queue_first(deployment: Callable[[str], Deployment]) -> LocalStack:
    """The queue-first pipeline."""
    return deployment("queue-first").stack


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_takes_the_sample_order(
    deployment: Callable[[str], Deployment], name: str
) -> None:
    """An example is deployed without a change to its file, and its order is confirmed by an email that can be read."""
    stack, caller, _ = deployment(name)
    answer = caller.send(f"sample-{name}")
    assert answer.is_success, answer.text
    stack.await_email(answer.json()["orderId"], timeout=60)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_variant_like_the_others(
    deployment: Callable[[str], Deployment], name: str
) -> None:
    """What `test_matrix.py` tests of the other combinations of gateway, ingestion and contact holds for an example."""
    stack, variant = deployment(name).stack, matrix.EXAMPLES[name]
    matrix.check_arrival(stack, variant)
    matrix.check_response(stack, variant)
    matrix.check_contact_rule(stack, variant)


def _send(stack: LocalStack, order: dict[str, Any], path: str = "/orders") -> httpx.Response:
    """Send a sample as it is printed: no header but the content type."""
    return stack.send(
        "POST", path, content=json.dumps(order), headers={"Content-Type": "application/json"}
    )


def _fields(answer: httpx.Response, *names: str) -> dict[str, Any]:
    """Some fields of an answer, all of which have to be there."""
    body: dict[str, Any] = answer.json()
    return {name: body[name] for name in names}


def test_the_event_driven_sample(event_driven: LocalStack) -> None:
    """The sample with a name, an address and two items gets an ID, the source's message, and the time it was made."""
    order = {
        "customerId": "CUST-12345",
        "customerName": "John Doe",
        "customerEmail": "john.doe@example.com",
        "items": [
            {"productId": "PROD-001", "productName": "Widget A", "quantity": 2, "price": 29.99},
            {"productId": "PROD-002", "productName": "Widget B", "quantity": 1, "price": 49.99},
        ],
    }
    answer = _send(event_driven, order, "/order")
    assert answer.status_code == 200
    body = answer.json()
    assert UUID(body["orderId"])
    assert body["message"] == "Order received successfully"
    assert _ISO_8601.fullmatch(body["createdAt"])

    stored = event_driven.order(body["orderId"])
    assert stored is not None
    promised = {
        "orderId",
        "customerId",
        "customerName",
        "customerEmail",
        "items",
        "totalAmount",
        "createdAt",
    }
    assert promised <= stored.keys()
    assert str(stored["totalAmount"]) == "109.97"
    assert [str(item["subtotal"]) for item in stored["items"]] == ["59.98", "49.99"]

    mail = event_driven.await_email(body["orderId"])
    assert mail["Subject"] == f"Order Confirmation - Order #{body['orderId']}"
    record = event_driven.await_audit(body["orderId"])
    assert record["eventType"] == "ORDER_CREATED"
    assert {"auditId", "timestamp", "orderId", "orderDetails"} <= record.keys()
    details = record["orderDetails"]
    assert (details["customerId"], details["customerName"]) == ("CUST-12345", "John Doe")
    assert (details["customerEmail"], details["itemCount"]) == ("john.doe@example.com", 2)
    assert str(details["totalAmount"]) == "109.97"


def test_the_event_driven_refusal(event_driven: LocalStack) -> None:
    """An invalid address and a quantity of zero are refused by name, as the source's own example of a refusal is."""
    items = [{"productId": "PROD-001", "quantity": 0, "price": 29.99}]
    answer = event_driven.post(
        {"customerName": "John Doe", "customerEmail": "not an address", "items": items}
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == "Validation failed"
    assert [error["field"] for error in answer.json()["errors"]] == [
        "customerEmail",
        "items[0].quantity",
    ]
    assert all(error["message"] for error in answer.json()["errors"])


def test_the_event_driven_log(event_driven: LocalStack) -> None:
    """A log line about an order has the fields of the source's example, and no address in clear."""
    order_id = event_driven.post().json()["orderId"]
    for line in event_driven.await_log_lines("orders", order_id):
        assert {
            "timestamp",
            "level",
            "component",
            "requestId",
            "message",
            "orderId",
            "customerId",
        } <= line.keys()
        assert datetime.fromisoformat(line["timestamp"])
    assert "john.doe@" not in str(event_driven.logs("orders"))


@pytest.mark.parametrize(
    "order",
    [
        {
            "customerId": "CUST-12345",
            "items": _TWO_ITEMS,
            "currency": "USD",
            "shippingAddress": _ADDRESS,
        },
        {
            "customerId": "customer123",
            "items": [
                {**item, "productId": f"prod{number}"} for number, item in enumerate(_TWO_ITEMS, 1)
            ],
            "totalAmount": 109.97,
            "currency": "USD",
        },
    ],
    ids=["with-a-shipping-address", "with-its-total"],
)
def test_the_http_platforms_samples(http_platform: LocalStack, order: dict[str, Any]) -> None:
    """The samples of both editions, with fractions for prices, get status, total, currency and the request's ID."""
    answer = _send(http_platform, order)
    assert answer.status_code == 200
    assert _fields(answer, "status", "totalAmount", "currency", "requestId") == {
        "status": "PROCESSING",
        "totalAmount": 109.97,
        "currency": "USD",
        "requestId": answer.headers["X-Request-Id"],
    }
    # The source says "processed", before anything was.
    assert answer.json()["message"] == "Order received successfully"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "no-store" in answer.headers["Cache-Control"]

    stored = http_platform.order(answer.json()["orderId"])
    assert stored is not None
    assert (stored["customerId"], stored["status"]) == (order["customerId"], "PROCESSING")
    assert stored.get("shippingAddress") == order.get("shippingAddress")
    ninety_days = 90 * 24 * 3600
    assert abs(int(stored["expiresAt"]) - time.time() - ninety_days) < 3600


def test_the_http_platforms_programmatic_sample(http_platform: LocalStack) -> None:
    """The sample that is sent by a program, of one item at 99.99, is found in the table as PROCESSING."""
    items = [{"productId": "test-product", "quantity": 1, "price": 99.99}]
    answer = _send(
        http_platform, {"customerId": "test-customer", "items": items, "totalAmount": 99.99}
    )
    assert answer.status_code == 200
    assert answer.json()["status"] == "PROCESSING"
    stored = http_platform.order(answer.json()["orderId"])
    assert stored is not None
    assert (stored["status"], str(stored["totalAmount"])) == ("PROCESSING", "99.99")


def test_the_queue_first_sample(queue_first: LocalStack) -> None:
    """The sample with its own orderId and itemIds gets 202 with the message's ID, and is stored under that orderId."""
    order = {
        "orderId": f"ORD-{time.time_ns()}",
        "customerId": "CUST-12345",
        "items": [
            {"itemId": "ITEM-001", "quantity": 2, "price": 29.99},
            {"itemId": "ITEM-002", "quantity": 1, "price": 49.99},
        ],
    }
    answer = _send(queue_first, order)
    assert answer.status_code == 202
    assert _fields(answer, "message", "orderId") == {
        "message": "Order received and queued for processing",
        "orderId": order["orderId"],
    }
    assert UUID(answer.json()["messageId"])

    stored = (
        eventually(lambda: queue_first.order(str(order["orderId"])), "stored order", timeout=30)
        or {}
    )
    assert (stored["customerId"], str(stored["totalAmount"])) == ("CUST-12345", "109.97")
    assert [item["productId"] for item in stored["items"]] == ["ITEM-001", "ITEM-002"]
    assert {"status", "createdAt", "expiresAt"} <= stored.keys()


def test_the_queue_first_refusal(queue_first: LocalStack) -> None:
    """An order without items is refused before it is queued."""
    answer = queue_first.post({"orderId": f"ORD-{time.time_ns()}", "customerId": "CUST-12345"})
    assert answer.status_code == 400
    assert "items" in [error["field"] for error in answer.json()["errors"]]
