"""Dead letters of the relay: the batches of the stream that they name are published."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from orderctl import dead_letters, render
from orderctl.dead_letters import Selection
from orderctl.errors import OperatorError
from tests.support.functions import ORDERS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from tests.orderctl.support.operator import Desk

_ALL = Selection()


def published(desk: Desk) -> list[str]:
    """The orders whose events have arrived at a workflow since the last time."""
    desk.work("email")
    return sorted(json.loads(body)["orderId"] for body in desk.work("audit"))


def test_the_orders_of_a_batch_are_published(desk: Desk) -> None:
    """The orders between the letter's sequence numbers are published, no others, and the letter is gone."""
    before, first, second, after = (desk.order()["orderId"] for _ in range(4))
    desk.relay_letter(first, second)

    outcome = dead_letters.redrive(desk.stack, "relay", _ALL)

    assert (len(outcome.done), outcome.failed) == (1, {})
    assert published(desk) == sorted([first, second])
    assert desk.dead_letters("relay") == []
    assert before != after


def test_a_letter_is_shown_with_its_batch(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """The list tells which part of the stream a letter names, as far as it names one."""
    message_id, other = (
        desk.relay_letter(desk.order()["orderId"]),
        desk.dead_letter("relay", "no JSON"),
    )
    found = dead_letters.find(desk.stack, "relay", _ALL)

    render.letters("relay", found).show(as_json=True)
    shown = {one["messageId"]: one for one in json.loads(capsys.readouterr().out)["messages"]}
    assert shown[message_id]["streamArn"] == desk.outputs["ordersStreamArn"]
    assert shown[other]["holds"] == "no stream batch"

    render.letters("relay", found).show(as_json=False)
    assert message_id in capsys.readouterr().out


def test_changed_and_deleted_orders_are_not_published(desk: Desk) -> None:
    """What the stream reports as changed or deleted within the batch is passed over, as the relay would."""
    order = desk.order()
    last = desk.order()["orderId"]
    desk.order(orderId=order["orderId"], notes="changed")
    desk.account.dynamodb.delete_item(
        TableName=ORDERS_TABLE, Key={"orderId": {"S": order["orderId"]}}
    )
    desk.relay_letter(order["orderId"], last)

    dead_letters.redrive(desk.stack, "relay", _ALL)

    assert published(desk) == sorted([order["orderId"], last])
    (invoked,) = (
        call.parameters["Payload"] for call in desk.line.calls if call.operation == "Invoke"
    )
    assert len(json.loads(invoked)["Records"]) == 2


def test_an_order_that_replaced_an_expired_one_is_published(desk: Desk) -> None:
    """A new order in place of an expired one is a new order here, too."""
    order = desk.order(createdAt="2026-01-15T10:30:00.123Z", expiresAt=1)
    desk.order(orderId=order["orderId"], createdAt="2026-05-15T10:30:00.123Z")
    desk.relay_letter(order["orderId"])

    dead_letters.redrive(desk.stack, "relay", _ALL)

    assert published(desk) == [order["orderId"]] * 2


def test_a_dry_run_reads_only(desk: Desk) -> None:
    """A dry run tells whether the stream still has the records, and publishes nothing."""
    desk.relay_letter(desk.order()["orderId"])

    assert len(dead_letters.redrive(desk.stack, "relay", _ALL, dry_run=True).done) == 1

    assert "GetRecords" in desk.operations
    assert "Invoke" not in desk.operations
    assert (published(desk), len(desk.dead_letters("relay"))) == ([], 1)


@pytest.mark.parametrize(
    ("queued", "since"), [(False, "2026-01-15T10:25:00.000Z"), (True, "2026-01-01T09:30:00.000Z")]
)
@pytest.mark.parametrize("code", ["TrimmedDataAccessException", "ResourceNotFoundException"])
@pytest.mark.parametrize("operation", ["GetShardIterator", "GetRecords"])
def test_a_forgotten_batch_names_the_replay(
    desk: Desk, operation: str, code: str, since: str, *, queued: bool
) -> None:
    """Where the stream has forgotten the batch, the letter stays, and the replay that covers its orders is named."""
    message_id = desk.relay_letter(desk.order()["orderId"])
    queues = {"orders": "https://q"} if queued else {}
    stack = replace(
        desk.stack, outputs=desk.stack.outputs.model_copy(update={"queue_urls": queues})
    )

    with desk.line.refusing(operation, code):
        outcome = dead_letters.redrive(stack, "relay", _ALL)

    assert f"'orderctl replay --since {since}'" in outcome.failed[message_id]
    assert (
        "(or earlier, if orders had been redriven before that)" in outcome.failed[message_id]
    ) == queued
    assert len(desk.dead_letters("relay")) == 1


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
def test_a_letter_that_names_no_batch_of_ours_stays(desk: Desk, changes: dict[str, Any]) -> None:
    """A message that names another stream, or nothing that could be read, stays where it is."""
    message_id = desk.relay_letter(desk.order()["orderId"], **changes)

    outcome = dead_letters.redrive(desk.stack, "relay", _ALL)

    assert outcome.failed == {message_id: _NO_BATCH}
    assert "GetShardIterator" not in desk.operations
    assert len(desk.dead_letters("relay")) == 1


_NO_BATCH = "it names no batch of the Orders table's stream"


def test_a_letter_that_aws_would_not_read_stays(desk: Desk) -> None:
    """A letter with a shard and a number that AWS knows no such ones of stays, and the others are published."""
    message_id = desk.relay_letter(
        shardId="shardId-0000", startSequenceNumber="1", endSequenceNumber="1"
    )
    order_id = desk.order()["orderId"]
    desk.relay_letter(order_id)

    outcome = dead_letters.redrive(desk.stack, "relay", _ALL)

    assert outcome.failed == {message_id: _NO_BATCH}
    assert published(desk) == [order_id]
    assert len(desk.dead_letters("relay")) == 1


@pytest.mark.parametrize("operation", ["GetShardIterator", "GetRecords"])
def test_a_letter_that_aws_refuses_stays(desk: Desk, operation: str) -> None:
    """A letter whose shard or numbers AWS finds invalid stays, and no other refusal is taken for that."""
    message_id = desk.relay_letter(desk.order()["orderId"])

    with desk.line.refusing(operation, "ValidationException"):
        assert dead_letters.redrive(desk.stack, "relay", _ALL).failed == {message_id: _NO_BATCH}
    with (
        desk.line.refusing(operation, "AccessDeniedException"),
        pytest.raises(desk.account.sqs.exceptions.ClientError, match="AccessDenied"),
    ):
        dead_letters.redrive(desk.stack, "relay", _ALL)


def test_what_was_published_before_an_error_is_told(desk: Desk) -> None:
    """Where AWS refuses to go on, the letters whose orders were published before are told, with what it said."""
    for _ in range(3):
        desk.relay_letter(desk.order()["orderId"])

    refused = lambda _: desk.operations.count("Invoke") >= 3  # noqa: E731 (shorter than a function)
    with desk.line.refusing("Invoke", "AccessDeniedException", where=refused):
        outcome = dead_letters.redrive(desk.stack, "relay", _ALL)

    assert (len(outcome.done), outcome.complete) == (2, False)
    assert outcome.problem == "AWS refused Invoke: Refused (AccessDeniedException)"
    assert (len(published(desk)), len(desk.dead_letters("relay"))) == (2, 1)


@pytest.mark.parametrize("body", ["no JSON", "[]", '{"DDBStreamBatchInfo": 7}'])
def test_a_message_that_is_no_letter_stays(desk: Desk, body: str) -> None:
    """Whatever else lies in the relay's dead-letter queue stays there, and stops no letter."""
    message_id = desk.dead_letter("relay", body)
    order_id = desk.order()["orderId"]
    desk.relay_letter(order_id)

    outcome = dead_letters.redrive(desk.stack, "relay", _ALL)

    assert list(outcome.failed) == [message_id]
    assert published(desk) == [order_id]
    assert desk.dead_letters("relay") == [body]


def test_a_batch_that_still_fails_stays(desk: Desk) -> None:
    """While the topic refuses, the letter stays; afterwards it can be redriven."""
    order_id = desk.order()["orderId"]
    desk.relay_letter(order_id)

    with desk.account.wire.refusing("PublishBatch", "InternalError", status=500):
        outcome = dead_letters.redrive(desk.stack, "relay", _ALL)
    assert "the relay raised NotPublishedError" in next(iter(outcome.failed.values()))

    dead_letters.redrive(desk.stack, "relay", _ALL)
    assert published(desk) == [order_id]
    assert desk.dead_letters("relay") == []


def test_a_batch_whose_end_is_not_there_stays(desk: Desk) -> None:
    """A batch that cannot be read to its end is not taken for published."""
    (record,) = desk.stream_records(desk.order()["orderId"])
    beyond = str(int(record["dynamodb"]["SequenceNumber"]) + 10**6)
    desk.relay_letter(record["dynamodb"]["Keys"]["orderId"]["S"], endSequenceNumber=beyond)

    outcome = dead_letters.redrive(desk.stack, "relay", _ALL)

    assert "could not be read to the batch's end" in next(iter(outcome.failed.values()))
    assert published(desk) == []
    assert len(desk.dead_letters("relay")) == 1


def test_a_poison_record_is_told_and_the_others_are_published(desk: Desk) -> None:
    """A batch with a record that is no order stays, although its orders were published."""
    order_id = desk.order()["orderId"]
    desk.account.dynamodb.put_item(
        TableName=ORDERS_TABLE, Item=as_image({"orderId": f"{order_id}-foreign"})
    )
    desk.relay_letter(order_id, f"{order_id}-foreign")

    outcome = dead_letters.redrive(desk.stack, "relay", _ALL)

    assert "NotAnOrderError" in next(iter(outcome.failed.values()))
    assert published(desk) == [order_id]


@pytest.mark.parametrize("act", [dead_letters.find, dead_letters.redrive, dead_letters.discard])
def test_letters_of_the_relay_are_not_found_by_orders(desk: Desk, act: Any) -> None:
    """Since they name no orders, asking for an order's is answered so, instead of with none."""
    with pytest.raises(OperatorError, match="name no orders"):
        act(desk.stack, "relay", Selection(order_id="ORDER-1"))
