"""One order in the logs and after its expiry; `test_matrix.py` has its delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.polling import eventually

if TYPE_CHECKING:
    from tests.e2e.support.stack import LocalStack


def test_one_correlation_id_from_the_request_to_the_emails_log(stack: LocalStack) -> None:
    """Every function logs the order with the correlation ID that the client got."""
    response = stack.post()
    order_id = response.json()["orderId"]
    stack.await_delivery(order_id)
    for function in ("orders", "relay", "email", "audit"):
        lines = stack.await_log_lines(function, order_id)
        correlation_ids = {line.get("correlationId", line["requestId"]) for line in lines}
        assert correlation_ids == {response.headers["X-Request-Id"]}, function


def test_a_key_is_free_again_when_its_order_has_expired(stack: LocalStack) -> None:
    """A new order under the key of an expired one is stored, emailed and audited."""
    order_id = stack.post(key="expired").json()["orderId"]
    stack.await_delivery(order_id)
    stack.client("dynamodb").update_item(
        TableName=stack.outputs["ordersTableName"],
        Key={"orderId": {"S": order_id}},
        UpdateExpression="SET expiresAt = :past",
        ExpressionAttributeValues={":past": {"N": "1"}},
    )
    again = stack.post(key="expired")
    assert (again.status_code, again.json()["orderId"]) == (200, order_id)
    assert "Idempotent-Replayed" not in again.headers
    eventually(lambda: len(stack.emails(order_id)) == 2, "the second email")
    eventually(lambda: len(stack.audit_records(order_id)) == 2, "second audit record")
    assert len({event["eventId"] for event in stack.events(order_id)}) == 2
