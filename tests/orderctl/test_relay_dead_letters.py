"""Redrive of the relay's dead letters: the stream batches that they name are published."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import dead_letters, render
from orderctl.dead_letters import Selection
from tests.support.functions import ORDERS_TABLE
from tests.support.mock_account import as_image
from tooling.errors import UserError

if TYPE_CHECKING:
    from tests.orderctl.support.operator import OperatorStack

_ALL = Selection()


def test_the_orders_of_a_batch_are_published(operator: OperatorStack) -> None:
    """The orders between the sequence numbers are published; the dead letter is deleted."""
    before, first, second, after = (operator.store_order()["orderId"] for _ in range(4))
    operator.add_relay_dead_letter(first, second)

    outcome = dead_letters.redrive(operator.stack, "relay", _ALL)

    assert (len(outcome.done), outcome.failed) == (1, {})
    assert operator.published() == sorted([first, second])
    assert operator.dead_letters("relay") == []
    assert before != after


def test_a_dead_letter_is_shown_with_its_batch(
    operator: OperatorStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """`dlq show relay` shows the stream batch of each dead letter that names one."""
    message_id = operator.add_relay_dead_letter(operator.store_order()["orderId"])
    other = operator.add_dead_letter("relay", "no JSON")
    outcome = dead_letters.find(operator.stack, "relay", _ALL)

    render.messages_view("relay", outcome).show(as_json=True)
    messages = {one["messageId"]: one for one in json.loads(capsys.readouterr().out)["messages"]}
    assert messages[message_id]["streamArn"] == operator.outputs["ordersStreamArn"]
    assert messages[other]["holds"] == "no stream batch"

    render.messages_view("relay", outcome).show(as_json=False)
    assert message_id in capsys.readouterr().out


def test_changed_and_deleted_orders_are_not_published(operator: OperatorStack) -> None:
    """Changed and deleted items of the batch are skipped, as in the relay."""
    order = operator.store_order()
    last = operator.store_order()["orderId"]
    operator.store_order(orderId=order["orderId"], notes="changed")
    operator.account.dynamodb.delete_item(
        TableName=ORDERS_TABLE, Key={"orderId": {"S": order["orderId"]}}
    )
    operator.add_relay_dead_letter(order["orderId"], last)

    dead_letters.redrive(operator.stack, "relay", _ALL)

    assert operator.published() == sorted([order["orderId"], last])
    (payload,) = (
        call.parameters["Payload"]
        for call in operator.connection.calls
        if call.operation == "Invoke"
    )
    assert len(json.loads(payload)["Records"]) == 2


def test_an_order_that_replaced_an_expired_one_is_published(operator: OperatorStack) -> None:
    """An order that replaced an expired one is a new order."""
    order = operator.store_order(createdAt="2026-01-15T10:30:00.123Z", expiresAt=1)
    operator.store_order(orderId=order["orderId"], createdAt="2026-05-15T10:30:00.123Z")
    operator.add_relay_dead_letter(order["orderId"])

    dead_letters.redrive(operator.stack, "relay", _ALL)

    assert operator.published() == [order["orderId"]] * 2


def test_a_dry_run_reads_only(operator: OperatorStack) -> None:
    """A dry run reads the stream and publishes nothing."""
    operator.add_relay_dead_letter(operator.store_order()["orderId"])

    assert len(dead_letters.redrive(operator.stack, "relay", _ALL, dry_run=True).done) == 1

    assert "GetRecords" in operator.operations
    assert "Invoke" not in operator.operations
    assert (operator.published(), len(operator.dead_letters("relay"))) == ([], 1)


@pytest.mark.parametrize(
    ("queued", "since"), [(False, "2026-01-15T10:25:00.000Z"), (True, "2025-12-28T09:30:00.000Z")]
)
@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException"])
@pytest.mark.parametrize("operation", ["GetShardIterator", "GetRecords"])
def test_a_batch_that_the_stream_no_longer_has(
    operator: OperatorStack, operation: str, code: str, since: str, *, queued: bool
) -> None:
    """Where the stream no longer has the batch, the dead letter stays, and a replay is advised."""
    message_id = operator.add_relay_dead_letter(operator.store_order()["orderId"])
    queues = {"orders": "https://q"} if queued else {}
    stack = replace(
        operator.stack, outputs=operator.stack.outputs.model_copy(update={"queue_urls": queues})
    )

    with operator.connection.refusing(operation, code):
        outcome = dead_letters.redrive(stack, "relay", _ALL)

    assert f"'orderctl replay --since {since}'" in outcome.failed[message_id]
    assert ("or earlier, if orders had been redriven twice" in outcome.failed[message_id]) == queued
    assert len(operator.dead_letters("relay")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"streamArn": "arn:aws:dynamodb:eu-central-1:123456789012:table/foreign/stream/2026"},
        {"startSequenceNumber": "first"},
        {"shardId": None},
        {"approximateArrivalOfFirstRecord": "2026-01-15"},
        {"approximateArrivalOfFirstRecord": "0001-01-01T00:00:00Z"},
        {"approximateArrivalOfFirstRecord": "9999-12-31T23:59:59-10:00"},
        {"endSequenceNumber": "9" * 5000},
    ],
    ids=lambda changes: str(changes)[:70],
)
def test_a_dead_letter_without_a_batch_of_this_stream(
    operator: OperatorStack, changes: dict[str, Any]
) -> None:
    """A message that names another stream, or an invalid batch, stays."""
    message_id = operator.add_relay_dead_letter(operator.store_order()["orderId"], **changes)

    outcome = dead_letters.redrive(operator.stack, "relay", _ALL)

    assert outcome.failed == {message_id: _NO_BATCH}
    assert "GetShardIterator" not in operator.operations
    assert len(operator.dead_letters("relay")) == 1


_NO_BATCH = "it names no batch of the orders table's stream"


def test_a_batch_that_fails_the_sdk_s_validation(operator: OperatorStack) -> None:
    """A dead letter with an invalid shard or number stays, and others are published."""
    message_id = operator.add_relay_dead_letter(
        shardId="shardId-0000", startSequenceNumber="1", endSequenceNumber="1"
    )
    order_id = operator.store_order()["orderId"]
    operator.add_relay_dead_letter(order_id)

    outcome = dead_letters.redrive(operator.stack, "relay", _ALL)

    assert outcome.failed == {message_id: _NO_BATCH}
    assert operator.published() == [order_id]
    assert len(operator.dead_letters("relay")) == 1


@pytest.mark.parametrize("operation", ["GetShardIterator", "GetRecords"])
def test_a_batch_that_fails_aws_s_validation(operator: OperatorStack, operation: str) -> None:
    """A dead letter whose batch fails AWS's validation stays; any other error is raised."""
    message_id = operator.add_relay_dead_letter(operator.store_order()["orderId"])

    with operator.connection.refusing(operation, "ValidationException"):
        assert dead_letters.redrive(operator.stack, "relay", _ALL).failed == {message_id: _NO_BATCH}
    with (
        operator.connection.refusing(operation, "AccessDeniedException"),
        pytest.raises(operator.account.sqs.exceptions.ClientError, match="AccessDenied"),
    ):
        dead_letters.redrive(operator.stack, "relay", _ALL)


def test_results_before_an_error_are_kept(operator: OperatorStack) -> None:
    """An AWS error ends the run with the dead letters published so far."""
    for _ in range(3):
        operator.add_relay_dead_letter(operator.store_order()["orderId"])

    def is_third(_: Any) -> bool:
        return operator.operations.count("Invoke") >= 3

    with operator.connection.refusing("Invoke", "AccessDeniedException", where=is_third):
        outcome = dead_letters.redrive(operator.stack, "relay", _ALL)

    assert (len(outcome.done), outcome.complete) == (2, False)
    assert outcome.problem == "AWS refused Invoke: Refused (AccessDeniedException)"
    assert (len(operator.published()), len(operator.dead_letters("relay"))) == (2, 1)


@pytest.mark.parametrize("body", ["no JSON", "[]", '{"DDBStreamBatchInfo": 7}'])
def test_a_malformed_dead_letter_stays(operator: OperatorStack, body: str) -> None:
    """A malformed message of the relay's dead-letter queue stays, and others are published."""
    message_id = operator.add_dead_letter("relay", body)
    order_id = operator.store_order()["orderId"]
    operator.add_relay_dead_letter(order_id)

    outcome = dead_letters.redrive(operator.stack, "relay", _ALL)

    assert list(outcome.failed) == [message_id]
    assert operator.published() == [order_id]
    assert operator.dead_letters("relay") == [body]


def test_a_batch_that_fails_again_stays(operator: OperatorStack) -> None:
    """While the topic refuses, the dead letter stays; afterwards it can be redriven."""
    order_id = operator.store_order()["orderId"]
    operator.add_relay_dead_letter(order_id)

    with operator.account.connection.refusing("PublishBatch", "InternalError", status=500):
        outcome = dead_letters.redrive(operator.stack, "relay", _ALL)
    assert "the relay raised NotPublishedError" in next(iter(outcome.failed.values()))

    dead_letters.redrive(operator.stack, "relay", _ALL)
    assert operator.published() == [order_id]
    assert operator.dead_letters("relay") == []


def test_a_batch_that_cannot_be_read_to_its_end_stays(operator: OperatorStack) -> None:
    """A batch that cannot be read to its end is not published."""
    (record,) = operator.stream_records(operator.store_order()["orderId"])
    beyond = str(int(record["dynamodb"]["SequenceNumber"]) + 10**6)
    operator.add_relay_dead_letter(
        record["dynamodb"]["Keys"]["orderId"]["S"], endSequenceNumber=beyond
    )

    outcome = dead_letters.redrive(operator.stack, "relay", _ALL)

    assert "could not be read to the batch's end" in next(iter(outcome.failed.values()))
    assert operator.published() == []
    assert len(operator.dead_letters("relay")) == 1


def test_a_record_that_is_no_order(operator: OperatorStack) -> None:
    """A batch with a record that is no order stays, and its orders are published."""
    order_id = operator.store_order()["orderId"]
    operator.account.dynamodb.put_item(
        TableName=ORDERS_TABLE, Item=as_image({"orderId": f"{order_id}-foreign"})
    )
    operator.add_relay_dead_letter(order_id, f"{order_id}-foreign")

    outcome = dead_letters.redrive(operator.stack, "relay", _ALL)

    assert "NotAnOrderError" in next(iter(outcome.failed.values()))
    assert operator.published() == [order_id]


@pytest.mark.parametrize("action", [dead_letters.find, dead_letters.redrive, dead_letters.discard])
def test_the_relay_has_no_dead_letters_by_order(operator: OperatorStack, action: Any) -> None:
    """Selecting the relay's dead letters by an order is an error."""
    with pytest.raises(UserError, match="name no orders"):
        action(operator.stack, "relay", Selection(order_id="ORDER-1"))
