"""Properties of workflows; end-to-end tests check them on a deployed stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from handlers.events.order_created import OrderCreated
from tests.support.deliveries import failures, queue_batch
from tests.support.strategies import as_stored, body, hundred_examples, orders

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_OTHER = {"email": "audit", "audit": "email"}
_CALL = {"email": "SendEmail", "audit": "BatchExecuteStatement"}
_DONE = {"email": "EmailsSent", "audit": "AuditRecordsCreated"}


def submit(account: MockAccount, order: dict[str, Any]) -> str:
    """Send an order, let the relay publish it, and return its ID."""
    order_id: str = account.post(body(order)).body["orderId"]
    account.relay(order_id)
    return order_id


def stored_event(account: MockAccount, order: dict[str, Any]) -> tuple[str, OrderCreated]:
    """Send an order, and return its ID and its event."""
    order_id: str = account.post(body(order)).body["orderId"]
    return order_id, OrderCreated.of_stored_order(account.order(order_id))


def _without_joiners(text: str) -> str:
    """Remove the word joiners that prevent links."""
    return text.replace("\u2060", "")


@hundred_examples
@given(order=orders)
def test_property_05_event_reaches_every_workflow(
    account: MockAccount, order: dict[str, Any]
) -> None:
    """Every event is in the queue of each workflow, independently."""
    order_id = submit(account, order)

    (for_email,) = account.receive("email")
    (for_audit,) = account.receive("audit")
    assert for_email == for_audit
    assert OrderCreated.from_json(for_audit).order_id == order_id


@hundred_examples
@given(order=orders)
def test_property_06_email_message_becomes_a_confirmation(
    account: MockAccount, order: dict[str, Any]
) -> None:
    """Every event in the email queue becomes one email to the address in the order."""
    order_id, event = stored_event(account, order)

    assert failures(account.invoke("email", queue_batch(event))) == []

    (sent,) = account.emails()
    content = sent["Content"]["Simple"]
    text = _without_joiners(content["Body"]["Text"]["Data"])
    assert sent["Destination"] == {"ToAddresses": [order["customerEmail"]]}
    assert content["Subject"]["Data"] == f"Order Confirmation - Order #{order_id}"
    assert order_id in text
    shown = [
        order["customerName"],
        *(item.get("productName", item["productId"]) for item in order["items"]),
    ]
    assert all(_without_joiners(as_stored(value)).strip() in text for value in shown)
    assert order_id in content["Body"]["Html"]["Data"]


@hundred_examples
@given(order=orders)
def test_property_07_audit_message_becomes_a_record(
    account: MockAccount, order: dict[str, Any]
) -> None:
    """Every event in the audit queue becomes one record with order ID, type, time and details."""
    order_id, event = stored_event(account, order)
    stored = account.order(order_id)

    assert failures(account.invoke("audit", queue_batch(event))) == []

    record = account.audit_record(event.event_id, stored["createdAt"])
    assert (record["orderId"], record["eventType"]) == (order_id, "ORDER_CREATED")
    details = record["orderDetails"]
    assert details["itemCount"] == len(order["items"])
    for name in ("customerName", "customerEmail", "items", "totalAmount", "currency"):
        assert details[name] == stored[name]


@hundred_examples
@given(
    order=orders,
    failing=st.sampled_from(["email", "audit"]),
    fault=st.sampled_from(
        ["ThrottlingException", "AccessDeniedException", "InternalFailure", "silence"]
    ),
    failing_first=st.booleans(),
)
def test_property_18_failing_workflow_leaves_the_other_alone(
    account: MockAccount, order: dict[str, Any], failing: str, fault: str, *, failing_first: bool
) -> None:
    """While one workflow fails, the other works, and the failed one succeeds later."""
    submit(account, order)
    batches = {name: queue_batch(*account.receive(name)) for name in ("email", "audit")}
    outcomes = {}

    for name in sorted(batches, key=lambda name: (name != failing) == failing_first):
        if name == failing and fault == "silence":
            with account.connection.timing_out(_CALL[failing]):
                outcomes[name] = failures(account.invoke(name, batches[name]))
        elif name == failing:
            with account.connection.refusing(_CALL[failing], fault):
                outcomes[name] = failures(account.invoke(name, batches[name]))
        else:
            outcomes[name] = failures(account.invoke(name, batches[name]))
            assert [count for count, _ in account.console.metric(_DONE[name])] == [1]

    assert outcomes == {failing: ["message-0"], _OTHER[failing]: []}
    assert failures(account.invoke(failing, batches[failing])) == []
    assert [count for count, _ in account.console.metric(_DONE[failing])] == [1]
