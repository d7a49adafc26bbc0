"""Gateways, ways of ingestion and rules about contact data: all combinations, and what holds for each of them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4

from tests.e2e.support.stack import sample_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.support.stack import LocalStack


class Variant(NamedTuple):
    """One combination of the three choices."""

    gateway: str
    ingestion: str
    contact: str

    @property
    def accepted(self) -> int:
        """The status that an accepted order is answered with."""
        return {"direct": 200, "queued": 202}[self.ingestion]


VARIANTS: Final = [
    Variant(*each)
    for each in itertools.product(("http", "rest"), ("direct", "queued"), ("required", "optional"))
]
LOCAL: Final = Variant("http", "direct", "required")
EXAMPLES: Final[Mapping[str, Variant]] = {
    "event-driven": Variant("rest", "direct", "required"),
    "http-platform": Variant("http", "direct", "optional"),
    "queue-first": Variant("rest", "queued", "optional"),
}

# Without a name and an address.
_ANONYMOUS = sample_order(customerName=None, customerEmail=None)


def check_arrival(stack: LocalStack, variant: Variant) -> None:
    """An order that is sent twice is stored, published, e-mailed and audited once."""
    key = str(uuid4())
    answers = [stack.post(key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [variant.accepted] * 2
    (order_id,) = {answer.json()["orderId"] for answer in answers}
    assert stack.await_email(order_id)["To"] == ["john.doe@example.com"]
    assert stack.await_audit(order_id)["orderDetails"]["customerName"] == "John Doe"
    stack.await_earlier_orders()
    found = stack.events(order_id), stack.emails(order_id), stack.audit_records(order_id)
    assert [len(each) for each in found] == [1, 1, 1]
    stored = stack.order(order_id)
    assert stored is not None
    assert (str(stored["totalAmount"]), stored["status"]) == ("109.97", "PROCESSING")


def check_response(stack: LocalStack, variant: Variant) -> None:
    """An accepted order is answered with the fields and headers of the contract."""
    answer = stack.post()
    promised = {"orderId", "message", "createdAt", "status", "totalAmount", "currency", "requestId"}
    assert answer.json().keys() == promised | (
        {"messageId"} if variant.ingestion == "queued" else set()
    )
    assert answer.headers["X-Request-Id"] == answer.json()["requestId"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    stack.await_email(
        answer.json()["orderId"]
    )  # so that the next order is not a reason to start another process


def check_contact_rule(stack: LocalStack, variant: Variant) -> None:
    """An order without name and address is refused for both, or is audited and not e-mailed."""
    answer = stack.post(_ANONYMOUS)
    if variant.contact == "required":
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == [
            "customerName",
            "customerEmail",
        ]
        return
    assert answer.status_code == variant.accepted
    order_id = answer.json()["orderId"]
    assert "customerEmail" not in stack.await_audit(order_id)["orderDetails"]
    assert {line["level"] for line in stack.await_log_lines("email", order_id)} == {"INFO"}
    assert stack.emails(order_id) == []
