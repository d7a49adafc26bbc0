"""The sample requests of the source systems get what the sources promise from the examples."""

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
from tests.support.requests import sample_order
from tests.support.stacks import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from local.emulator.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

_PRICES = [{"quantity": 2, "price": 29.99}, {"quantity": 1, "price": 49.99}]
_ADDRESS = {"street": "123 Main St", "city": "Seattle", "state": "WA", "zip": "98101"}
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def _items(field: str, *ids: str) -> list[dict[str, Any]]:
    return [{field: value, **price} for value, price in zip(ids, _PRICES, strict=True)]


@pytest.fixture(scope="module")
def deployment(emulator: Emulator) -> Callable[[str], Deployment]:
    """Each example, deployed when a test needs it."""
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
    """An example is deployed with its file as it is, and its order is confirmed by email."""
    stack, caller, _ = deployment(name)
    response = caller.send(f"sample-{name}")
    assert response.is_success, response.text
    stack.await_email(response.json()["orderId"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_a_variant_like_the_others(
    deployment: Callable[[str], Deployment], name: str
) -> None:
    """What `test_matrix.py` checks for the other combinations holds for an example."""
    stack, variant = deployment(name).stack, matrix.EXAMPLES[name]
    matrix.check_arrival(stack, variant)
    matrix.check_response(stack, variant)
    matrix.check_contact_rule(stack, variant)


def _send(stack: LocalStack, order: dict[str, Any], path: str = "/orders") -> httpx.Response:
    """Send a sample with no header but the content type."""
    headers = {"Content-Type": "application/json"}
    return stack.send("POST", path, content=json.dumps(order), headers=headers)


def _stored(stack: LocalStack, response: httpx.Response) -> dict[str, Any]:
    """The stored order that a response is about."""
    order_id = response.json()["orderId"]
    return eventually(lambda: stack.order(order_id), "stored order") or {}


def test_the_event_driven_sample(event_driven: LocalStack) -> None:
    """The sample with a name, an address and two items gets an ID, the message and its time."""
    response = _send(event_driven, sample_order(), "/order")
    assert response.status_code == 200
    body = response.json()
    assert UUID(body["orderId"])
    assert body["message"] == "Order received successfully"
    assert _ISO_8601.fullmatch(body["createdAt"])

    stored_order = _stored(event_driven, response)
    assert sample_order().keys() | {"orderId", "totalAmount", "createdAt"} <= stored_order.keys()
    assert str(stored_order["totalAmount"]) == "109.97"
    assert [str(item["subtotal"]) for item in stored_order["items"]] == ["59.98", "49.99"]

    email = event_driven.await_email(body["orderId"])
    assert email["Subject"] == f"Order Confirmation - Order #{body['orderId']}"
    record = event_driven.await_audit(body["orderId"])
    assert record["eventType"] == "ORDER_CREATED"
    assert {"auditId", "timestamp", "orderId", "orderDetails"} <= record.keys()
    details = record["orderDetails"]
    assert (details["customerId"], details["customerName"]) == ("CUST-12345", "John Doe")
    assert (details["customerEmail"], details["itemCount"]) == ("john.doe@example.com", 2)
    assert str(details["totalAmount"]) == "109.97"


def test_the_event_driven_refusal(event_driven: LocalStack) -> None:
    """An invalid address and a quantity of zero are refused by field, as in the source."""
    order = {
        "customerName": "John Doe",
        "customerEmail": "not an address",
        "items": [{"productId": "PROD-001", "quantity": 0, "price": 29.99}],
    }
    response = event_driven.post(order)
    assert response.status_code == 400
    assert response.json()["error"] == "Validation failed"
    errors = response.json()["errors"]
    assert [error["field"] for error in errors] == ["customerEmail", "items[0].quantity"]
    assert all(error["message"] for error in errors)


def test_the_event_driven_log(event_driven: LocalStack) -> None:
    """A log line about an order has the fields of the source's example, and no full address."""
    fields = {"timestamp", "level", "component", "requestId", "message", "orderId", "customerId"}
    order_id = event_driven.post().json()["orderId"]
    for line in event_driven.await_log_lines("orders", order_id):
        assert fields <= line.keys()
        assert datetime.fromisoformat(line["timestamp"])
    assert "john.doe@" not in str(event_driven.logs("orders"))


@pytest.mark.parametrize(
    "order",
    [
        {
            "customerId": "CUST-12345",
            "items": _items("productId", "PROD-001", "PROD-002"),
            "currency": "USD",
            "shippingAddress": _ADDRESS,
        },
        {
            "customerId": "customer123",
            "items": _items("productId", "prod1", "prod2"),
            "totalAmount": 109.97,
            "currency": "USD",
        },
    ],
    ids=["with-a-shipping-address", "with-its-total"],
)
def test_the_http_platforms_samples(http_platform: LocalStack, order: dict[str, Any]) -> None:
    """The samples of both editions get status, total, currency and request ID."""
    response = _send(http_platform, order)
    assert response.status_code == 200
    assert (
        response.json()
        | {
            "status": "PROCESSING",
            "totalAmount": 109.97,
            "currency": "USD",
            "requestId": response.headers["X-Request-Id"],
            "message": "Order received successfully",  # the source says "processed" before it is
        }
        == response.json()
    )
    assert response.headers["Content-Type"] == "application/json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "no-store" in response.headers["Cache-Control"]

    stored_order = _stored(http_platform, response)
    assert (stored_order["customerId"], stored_order["status"]) == (
        order["customerId"],
        "PROCESSING",
    )
    assert stored_order.get("shippingAddress") == order.get("shippingAddress")
    ninety_days = 90 * 24 * 3600
    assert abs(int(stored_order["expiresAt"]) - time.time() - ninety_days) < 3600


def test_the_http_platforms_programmatic_sample(http_platform: LocalStack) -> None:
    """The sample that a program sends, of one item at 99.99, is stored as PROCESSING."""
    items = [{"productId": "test-product", "quantity": 1, "price": 99.99}]
    order = {"customerId": "test-customer", "items": items, "totalAmount": 99.99}
    response = _send(http_platform, order)
    assert (response.status_code, response.json()["status"]) == (200, "PROCESSING")
    stored_order = _stored(http_platform, response)
    assert (stored_order["status"], str(stored_order["totalAmount"])) == ("PROCESSING", "99.99")


def test_the_queue_first_sample(queue_first: LocalStack) -> None:
    """The sample with its own orderId and itemIds gets 202 with the message's ID, and is stored."""
    order = {
        "orderId": f"ORD-{time.time_ns()}",
        "customerId": "CUST-12345",
        "items": _items("itemId", "ITEM-001", "ITEM-002"),
    }
    response = _send(queue_first, order)
    assert response.status_code == 202
    body = response.json()
    assert body["message"] == "Order received and queued for processing"
    assert body["orderId"] == order["orderId"]
    assert UUID(body["messageId"])

    stored_order = _stored(queue_first, response)
    assert (stored_order["customerId"], str(stored_order["totalAmount"])) == (
        "CUST-12345",
        "109.97",
    )
    assert [item["productId"] for item in stored_order["items"]] == ["ITEM-001", "ITEM-002"]
    assert {"status", "createdAt", "expiresAt"} <= stored_order.keys()


def test_the_queue_first_refusal(queue_first: LocalStack) -> None:
    """An order without items is refused before it is queued."""
    response = queue_first.post({"orderId": f"ORD-{time.time_ns()}", "customerId": "CUST-12345"})
    assert response.status_code == 400
    assert "items" in [error["field"] for error in response.json()["errors"]]
