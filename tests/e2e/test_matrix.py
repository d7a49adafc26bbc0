"""Every kind of gateway with every way of ingestion and every rule about contact data, from the front."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import pytest

from tests.support.polling import never
from tests.support.stack import sample_order
from tests.support.variants import deployed

if TYPE_CHECKING:
    from tests.support.stack import LocalStack


class Variant(NamedTuple):
    """One combination of the three choices."""

    gateway: str
    ingestion: str
    contact: str

    @property
    def accepted(self) -> int:
        """The status that an accepted order is answered with."""
        return {"direct": 200, "queued": 202}[self.ingestion]


_EVERY = [
    Variant(*each) for each in itertools.product(("http", "rest"), ("direct", "queued"), ("required", "optional"))
]

# Without a name and an address.
_ANONYMOUS = sample_order(customerName=None, customerEmail=None)


@pytest.fixture(scope="module", params=_EVERY, ids="-".join)
def variant(request: pytest.FixtureRequest) -> Variant:
    """Each combination in turn."""
    found: Variant = request.param
    return found


@pytest.fixture(scope="module")
def varied(stack: LocalStack, variant: Variant) -> LocalStack:
    """A stack of that combination, beside the others."""
    gateway, ingestion, contact = variant
    name = f"{gateway}-{ingestion}-{contact[:3]}"
    return deployed(stack.emulator, name, gateway=gateway, ingestion=ingestion, contact=contact)


def test_an_order_arrives_everywhere_once(varied: LocalStack, variant: Variant) -> None:
    """One request, sent twice, makes one stored order, one event, one e-mail and one audit record."""
    key = str(uuid4())
    answers = [varied.post(key=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [variant.accepted] * 2
    (order_id,) = {answer.json()["orderId"] for answer in answers}
    assert varied.await_email(order_id)["To"] == ["john.doe@example.com"]
    assert varied.await_audit(order_id)["orderDetails"]["customerName"] == "John Doe"
    never(lambda: len(varied.emails(order_id)) > 1 or len(varied.events(order_id)) > 1, "a second e-mail or event")
    assert len(varied.audit_records(order_id)) == 1
    stored = varied.order(order_id)
    assert stored is not None
    assert (str(stored["totalAmount"]), stored["status"]) == ("109.97", "PROCESSING")


def test_the_answer_has_what_the_contract_promises(varied: LocalStack, variant: Variant) -> None:
    """An accepted order is answered with the same fields and headers by every variant; a queued one has a messageId."""
    answer = varied.post()
    promised = {"orderId", "message", "createdAt", "status", "totalAmount", "currency", "requestId"}
    assert answer.json().keys() == promised | ({"messageId"} if variant.ingestion == "queued" else set())
    assert answer.headers["X-Request-Id"] == answer.json()["requestId"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_contact_data_is_asked_for_where_the_stack_needs_it(varied: LocalStack, variant: Variant) -> None:
    """Without name and address an order is refused for both, or is audited and not e-mailed, as the stack decides."""
    answer = varied.post(_ANONYMOUS)
    if variant.contact == "required":
        assert answer.status_code == 400
        assert [error["field"] for error in answer.json()["errors"]] == ["customerName", "customerEmail"]
        return
    assert answer.status_code == variant.accepted
    order_id = answer.json()["orderId"]
    assert "customerEmail" not in varied.await_audit(order_id)["orderDetails"]
    assert {line["level"] for line in varied.await_log_lines("email", order_id)} == {"INFO"}
    assert varied.emails(order_id) == []
