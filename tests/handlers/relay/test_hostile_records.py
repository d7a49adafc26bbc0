"""Invalid stream records are raised after the others were published."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from handlers.relay.publisher import MAX_BYTES
from tests.support.deliveries import STORED, stream_batch, stream_record
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_ITEM = STORED["items"][0]


def an_image(number: int, **changes: Any) -> dict[str, Any]:
    """The image of a stored order in the stream."""
    return as_image({**STORED, "orderId": f"ORDER-{number}", **changes})


def a_record(**changes: Any) -> dict[str, Any]:
    """A record of a stored order with other attribute values."""
    return stream_record(an_image(0) | changes)


def without(record: dict[str, Any], *path: str) -> dict[str, Any]:
    """The record without the value at a path."""
    parent: dict[str, Any] = record
    for name in path[:-1]:
        parent = parent[name]
    del parent[path[-1]]
    return record


def large_items(count: int) -> dict[str, Any]:
    """Items whose names alone are 10 KB each."""
    items: dict[str, Any] = an_image(0, items=[{**_ITEM, "productName": "é" * 5_000}] * count)[
        "items"
    ]
    return items


_NESTED: dict[str, Any] = {"S": "x"}
for _ in range(5_000):
    _NESTED = {"L": [_NESTED]}

BAD: dict[str, Any] = {
    "priority is a number": a_record(priority={"N": "1"}),
    "priority is a list": a_record(priority={"L": []}),
    "priority is too long": a_record(priority={"S": "x" * 1_000}),
    "priority holds a control character": a_record(priority={"S": "a\x00b"}),
    "priority holds U+FFFF": a_record(priority={"S": "\uffff"}),
    "priority holds a lone surrogate": a_record(priority={"S": "\ud800"}),
    "no new image": without(a_record(), "dynamodb", "NewImage"),
    "no stream record": without(a_record(), "dynamodb"),
    "no event name": without(a_record(), "eventName"),
    "unknown event name": {**a_record(), "eventName": "UPSERT"},
    "neither event name nor ID": {},
    "null": None,
    "text": "jane.roe@example.com",
    "new image is null": {**a_record(), "dynamodb": {"NewImage": None}},
    "new image is text": {**a_record(), "dynamodb": {"NewImage": "jane.roe@example.com"}},
    "new image is a list": {**a_record(), "dynamodb": {"NewImage": [1]}},
    "new image is empty": {**a_record(), "dynamodb": {"NewImage": {}}},
    "changed, with images that are text": {
        **a_record(),
        "eventName": "MODIFY",
        "dynamodb": {"NewImage": "x"},
    },
    "no order ID": stream_record(
        {key: value for key, value in an_image(0).items() if key != "orderId"}
    ),
    "order ID is a number": a_record(orderId={"N": "7"}),
    "order ID is a list": a_record(orderId={"L": [{"S": "x"}]}),
    "order ID of 120 KB": a_record(orderId={"S": "x" * 120_000}),
    "customer ID of 120 KB": a_record(customerId={"S": "x'" * 60_000}),
    "correlation ID of 120 KB": a_record(correlationId={"S": "x" * 120_000}),
    "an attribute without a type": a_record(notes={}),
    "an attribute that is text": a_record(notes="jane.roe@example.com"),
    "an attribute that is null": a_record(notes=None),
    "an attribute of an unknown type": a_record(notes={"X": "y"}),
    "a number that is none": a_record(totalAmount={"N": "much"}),
    "a number beyond DynamoDB's": a_record(totalAmount={"N": "1e9999999"}),
    "a number of too many digits": a_record(totalAmount={"N": "9" * 100}),
    "an amount that is text": a_record(totalAmount={"S": "60"}),
    "a quantity that is a fraction": a_record(
        items=an_image(0, items=[{**_ITEM, "quantity": "x"}])["items"]
    ),
    "items that are a map": a_record(items={"M": {"0": {"S": "x"}}}),
    "items that are null": a_record(items={"NULL": True}),
    "a list that is a number": a_record(items={"L": 5}),
    "nested too deeply": a_record(notes=_NESTED),
    "a time that is a number": a_record(createdAt={"N": "1768473000"}),
    "a time without an offset": a_record(createdAt={"S": "2026-01-15T10:30:00"}),
    "a time before all others": a_record(createdAt={"S": "0001-01-01T00:00:00+05:00"}),
    "a time after all others": a_record(createdAt={"S": "9999-12-31T23:59:59-05:00"}),
    "an event of more than 256 KB": a_record(items=large_items(40)),
    "more items than any order has": a_record(items=an_image(0, items=[_ITEM] * 2_000)["items"]),
}


def published(account: MockAccount) -> list[str]:
    """The orders that the last invocation published."""
    calls = [call for call in account.connection.calls if call.operation == "PublishBatch"]
    entries = [entry for call in calls for entry in call.parameters["PublishBatchRequestEntries"]]
    return [json.loads(entry["Message"])["orderId"] for entry in entries]


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_bad_record_is_named_and_raised_after_the_others(account: MockAccount, bad: Any) -> None:
    """An invalid record is logged once and raised, after the others were published."""
    batch = [stream_record(an_image(1)), bad, stream_record(an_image(2))]

    with pytest.raises(Exception, match="1 of 3 new records are no orders"):
        account.invoke("relay", stream_batch(*batch))

    assert published(account) == ["ORDER-1", "ORDER-2"]
    logged = account.console.log("Stream record is not an order")
    known = bad if isinstance(bad, dict) else {}
    assert logged["streamRecordId"] == str(known.get("eventID"))
    assert logged["level"] == "ERROR"
    assert "Traceback" in logged["exception"]
    assert len(json.dumps(logged)) < 20_000
    assert "jane.roe" not in account.console.getvalue()


def test_batches_are_split_by_size(account: MockAccount) -> None:
    """Events that are too large for one batch are published in several."""
    images = [an_image(number) | {"items": large_items(8)} for number in range(12)]

    account.invoke("relay", stream_batch(*map(stream_record, images)))

    calls = [call.parameters["PublishBatchRequestEntries"] for call in account.connection.calls]
    assert [len(entries) for entries in calls] == [3, 3, 3, 3]
    for entries in calls:
        assert sum(len(entry["Message"].encode()) for entry in entries) < MAX_BYTES
    assert published(account) == [f"ORDER-{number}" for number in range(12)]


def test_event_that_sns_refuses_costs_no_other_of_its_batch(account: MockAccount) -> None:
    """If SNS refuses a batch because of one message, the others are published."""
    with (
        account.connection.refusing(
            "PublishBatch",
            "InvalidParameter",
            where=lambda sent: "ORDER-2" in str(sent["PublishBatchRequestEntries"]),
        ),
        pytest.raises(Exception, match="1 events were not published"),
    ):
        account.invoke(
            "relay", stream_batch(*(stream_record(an_image(number)) for number in range(5)))
        )

    assert {
        line["orderId"]
        for line in account.console.logs
        if line["message"] == "Order event published"
    } == {f"ORDER-{number}" for number in (0, 1, 3, 4)}
    refused = account.console.log("Order event not published")
    assert refused["orderId"] == "ORDER-2"
    assert "InvalidParameter" in refused["reason"]


def test_empty_priority_is_no_attribute(account: MockAccount) -> None:
    """An empty or null priority is no message attribute."""
    account.invoke(
        "relay", stream_batch(a_record(priority={"S": ""}), a_record(priority={"NULL": True}))
    )

    (call,) = account.connection.calls
    for entry in call.parameters["PublishBatchRequestEntries"]:
        assert list(entry["MessageAttributes"]) == ["eventType"]


def test_characters_that_queues_refuse_are_escaped(account: MockAccount) -> None:
    """Characters that SNS and SQS refuse are escaped, and read back."""
    account.invoke("relay", stream_batch(a_record(customerName={"S": "Jane \uffff\ufffe"})))

    (body,) = account.receive("email")
    assert "\uffff" not in body
    assert json.loads(body)["customerName"] == "Jane \uffff\ufffe"
