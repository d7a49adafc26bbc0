"""One order's way through the deployed stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.polling import eventually

if TYPE_CHECKING:
    from tests.e2e.support.stack import LocalStack


def test_an_order_arrives_everywhere_once(stack: LocalStack) -> None:
    """One request makes one stored order, one event, one e-mail and one audit record."""
    answer = stack.post()
    assert answer.status_code == 200
    order_id = answer.json()["orderId"]
    assert stack.order(order_id) is not None
    assert stack.await_email(order_id)["To"] == ["john.doe@example.com"]
    assert stack.await_audit(order_id)["orderId"] == order_id
    assert [event["eventType"] for event in stack.events(order_id)] == ["ORDER_CREATED"]


def test_the_same_order_again_does_nothing(stack: LocalStack) -> None:
    """A request that comes twice with one key is answered twice and handled once."""
    order_id = stack.post(key="once").json()["orderId"]
    stack.await_email(order_id)
    stack.await_audit(order_id)
    again = stack.post(key="once")
    assert (again.status_code, again.json()["orderId"]) == (200, order_id)
    assert again.headers["Idempotent-Replayed"] == "true"
    stack.await_earlier_orders()
    found = stack.events(order_id), stack.emails(order_id), stack.audit_records(order_id)
    assert [len(each) for each in found] == [1, 1, 1]


def test_one_correlation_id_from_the_request_to_the_emails_log(stack: LocalStack) -> None:
    """Whoever searches the logs for one ID finds every function's part in the order."""
    answer = stack.post()
    order_id = answer.json()["orderId"]
    stack.await_email(order_id)
    stack.await_audit(order_id)
    for function in ("orders", "relay", "email", "audit"):
        lines = stack.await_log_lines(function, order_id)
        assert {line["correlationId"] for line in lines} == {answer.headers["X-Request-Id"]}, (
            function
        )


def test_a_key_is_free_again_when_its_order_has_expired(stack: LocalStack) -> None:
    """A new order under the key of an expired one is stored, emailed and audited like any other."""
    order_id = stack.post(key="expired").json()["orderId"]
    stack.await_email(order_id)
    stack.await_audit(order_id)
    stack.client("dynamodb").update_item(
        TableName=stack.outputs["ordersTableName"],
        Key={"orderId": {"S": order_id}},
        UpdateExpression="SET expiresAt = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
    again = stack.post(key="expired")
    assert (again.status_code, again.json()["orderId"]) == (200, order_id)
    assert "Idempotent-Replayed" not in again.headers
    eventually(lambda: len(stack.emails(order_id)) == 2, "the second email", timeout=20)
    eventually(
        lambda: len(stack.audit_records(order_id)) == 2, "the second audit record", timeout=20
    )
    assert len({event["eventId"] for event in stack.events(order_id)}) == 2
