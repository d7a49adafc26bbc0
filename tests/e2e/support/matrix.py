"""All combinations of gateway, ingestion and contact rule, and what holds for each of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

from tests.support.requests import sample_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.support.stack import LocalStack


class Combination(NamedTuple):
    """One combination of the three configuration keys."""

    gateway: str
    ingestion: str
    contact: str

    @property
    def accepted(self) -> int:
        """The status of the response to an accepted order."""
        return {"direct": 200, "queued": 202}[self.ingestion]


COMBINATIONS: Final = [
    Combination(*keys)
    for keys in itertools.product(("http", "rest"), ("direct", "queued"), ("required", "optional"))
]
LOCAL: Final = Combination("http", "direct", "required")
EXAMPLES: Final[Mapping[str, Combination]] = {
    "event-driven": Combination("rest", "direct", "required"),
    "http-platform": Combination("http", "direct", "optional"),
    "queue-first": Combination("rest", "queued", "optional"),
}


def check_arrival(stack: LocalStack, variant: Combination) -> None:
    """An order that is sent twice is stored, published, emailed and audited once."""
    key = str(uuid4())
    first = stack.post(key=key)
    order_id = first.json()["orderId"]
    stack.await_delivery(order_id)
    again = stack.post(key=key)
    assert [first.status_code, again.status_code] == [variant.accepted] * 2
    assert again.json()["orderId"] == order_id
    if variant.ingestion == "direct":
        assert again.headers["Idempotent-Replayed"] == "true"
    stack.await_earlier_orders()
    (email,), (record,) = stack.emails(order_id), stack.audit_records(order_id)
    assert email["To"] == ["john.doe@example.com"]
    assert record["orderDetails"]["customerName"] == "John Doe"
    assert [event["eventType"] for event in stack.events(order_id)] == ["ORDER_CREATED"]
    order = stack.order(order_id) or {}
    assert (str(order["totalAmount"]), order["status"]) == ("109.97", "PROCESSING")


def check_response(stack: LocalStack, variant: Combination) -> None:
    """The response to an accepted order has the fields and headers of the contract."""
    allowed = stack.outputs.get("storefrontUrl", "*").removesuffix("/")
    response = stack.post(headers={"Origin": allowed})
    fields = {"orderId", "message", "createdAt", "status", "totalAmount", "currency", "requestId"}
    queued = {"messageId"} if variant.ingestion == "queued" else set()
    assert response.json().keys() == fields | queued
    assert response.headers["X-Request-Id"] == response.json()["requestId"]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Access-Control-Allow-Origin"] == allowed
    stack.await_email(response.json()["orderId"])  # a busy function would get another process


def check_contact_rule(stack: LocalStack, variant: Combination) -> None:
    """An order without name and address is refused for both, or is audited and not emailed."""
    response = stack.post(sample_order(customerName=None, customerEmail=None))
    if variant.contact == "required":
        assert response.status_code == 400
        fields = [error["field"] for error in response.json()["errors"]]
        assert fields == ["customerName", "customerEmail"]
        return
    assert response.status_code == variant.accepted
    order_id = response.json()["orderId"]
    assert "customerEmail" not in stack.await_audit(order_id)["orderDetails"]
    assert {line["level"] for line in stack.await_log_lines("email", order_id)} == {"INFO"}
    assert stack.emails(order_id) == []
