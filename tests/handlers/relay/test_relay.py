"""Tests: what the stream reports as new reaches the topic."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from handlers.events.order_created import OrderCreated
from tests.support.deliveries import STORED, stream_batch, stream_record
from tests.support.mock_account import as_image
from tests.support.requests import an_order

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount


def an_image(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A stored order as the stream shows it."""
    return as_image({**STORED, "orderId": f"ORDER-{number}", **changes})


def published(account: MockAccount) -> list[dict[str, Any]]:
    """The entries that the last invocation gave to the topic."""
    calls = [call for call in account.connection.calls if call.operation == "PublishBatch"]
    return [entry for call in calls for entry in call.parameters["PublishBatchRequestEntries"]]


def test_new_order_is_published_as_an_event(account: MockAccount) -> None:
    """A stored order becomes one event with everything in it that consumers need."""
    response = account.post(an_order(), headers={"X-Correlation-Id": "corr-1"})
    account.relay(response.body["orderId"])

    (body,) = account.receive("audit")
    event = json.loads(body)
    (stored,) = account.orders()
    assert event.pop("eventId")
    assert event == {
        "eventType": "ORDER_CREATED",
        "eventVersion": "1.0",
        "orderId": stored["orderId"],
        "customerId": "CUST-12345",
        "customerName": "Jane Roe",
        "customerEmail": "jane.roe@example.com",
        "items": [
            {
                "productId": "PROD-001",
                "productName": "Widget A",
                "quantity": 2,
                "price": 29.99,
                "subtotal": 59.98,
            },
            {
                "productId": "PROD-002",
                "productName": "Widget B",
                "quantity": 1,
                "price": 49.99,
                "subtotal": 49.99,
            },
        ],
        "totalAmount": 109.97,
        "currency": "USD",
        "createdAt": stored["createdAt"],
        "correlationId": "corr-1",
    }


def test_log_names_order_and_correlation(account: MockAccount) -> None:
    """A published event is logged with its order's ID and its request's correlation ID."""
    account.invoke("relay", stream_batch(stream_record(an_image(7))))

    logged = account.console.log("Order event published")
    assert (logged["orderId"], logged["correlationId"], logged["component"]) == (
        "ORDER-7",
        "corr-1",
        "relay",
    )
    assert "jane" not in account.console.getvalue().lower()


def test_only_new_orders_are_published(account: MockAccount) -> None:
    """Orders that change, or that DynamoDB deletes when they expire, are no new orders."""
    batch = [stream_record(an_image(1), name="MODIFY"), stream_record(an_image(2), name="REMOVE")]
    account.invoke("relay", stream_batch(*batch))
    assert account.operations == []

    account.invoke("relay", stream_batch(*batch, stream_record(an_image(3))))
    assert [json.loads(entry["Message"])["orderId"] for entry in published(account)] == ["ORDER-3"]


def test_events_are_published_ten_at_a_time(account: MockAccount) -> None:
    """A large batch of the stream costs one call for every ten orders."""
    account.invoke(
        "relay", stream_batch(*(stream_record(an_image(number)) for number in range(25)))
    )

    sizes = [
        len(call.parameters["PublishBatchRequestEntries"]) for call in account.connection.calls
    ]
    assert sizes == [10, 10, 5]
    assert {json.loads(entry["Message"])["orderId"] for entry in published(account)} == {
        f"ORDER-{number}" for number in range(25)
    }


def test_attributes_serve_filter_policies(account: MockAccount) -> None:
    """An event carries its type as a message attribute, and its priority where the client gave one."""
    batch = [stream_record(an_image(1)), stream_record(an_image(2, priority="high"))]
    account.invoke("relay", stream_batch(*batch))

    plain, prioritised = (entry["MessageAttributes"] for entry in published(account))
    assert plain == {"eventType": {"DataType": "String", "StringValue": "ORDER_CREATED"}}
    assert prioritised == {**plain, "priority": {"DataType": "String", "StringValue": "high"}}


def test_event_has_the_same_id_however_often_it_is_published(account: MockAccount) -> None:
    """A record that the stream delivers again becomes the same event; two orders never share one."""
    ids = []
    for number in (1, 1, 2):
        account.invoke("relay", stream_batch(stream_record(an_image(number))))
        ids += [json.loads(entry["Message"])["eventId"] for entry in published(account)]

    assert ids[0] == ids[1] != ids[2]


def test_order_twice_in_one_batch_is_one_event(account: MockAccount) -> None:
    """A record that a batch holds twice does not make the topic refuse the batch."""
    account.invoke("relay", stream_batch(stream_record(an_image(1)), stream_record(an_image(1))))

    assert len(account.receive("email")) == 1


@pytest.mark.parametrize(
    "poison",
    [
        {"orderId": {"S": "POISON"}},
        {"pk": {"S": "jane.roe@example.com"}},
        an_image(0) | {"items": {"S": "jane.roe@example.com"}},
        an_image(0) | {"totalAmount": {"S": "much"}},
        an_image(0) | {"createdAt": {"S": "yesterday"}},
        an_image(0) | {"customerEmail": {"N": "5"}},
        an_image(0) | {"customerName": {"BOOL": True}},
        an_image(0) | {"items": {"NS": ["1", "2"]}},
    ],
)
def test_poison_record_stops_no_other_and_is_not_forgotten(
    account: MockAccount, poison: dict[str, Any]
) -> None:
    """A record that is no order is raised, so that the stream sets it aside; the others are published first."""
    batch = [stream_record(an_image(1)), stream_record(poison), stream_record(an_image(2))]

    with pytest.raises(Exception, match="1 of 3 new records are no orders"):
        account.invoke("relay", stream_batch(*batch))

    assert [json.loads(entry["Message"])["orderId"] for entry in published(account)] == [
        "ORDER-1",
        "ORDER-2",
    ]
    logged = account.console.log("Stream record is not an order")
    assert (logged["level"], logged["streamRecordId"]) == ("ERROR", batch[1]["eventID"])
    assert logged["orderId"] == poison.get("orderId", {}).get("S", "")
    assert "jane" not in account.console.getvalue().lower()


def test_refused_topic_is_raised_with_its_cause(account: MockAccount) -> None:
    """When the topic refuses a batch as a whole, the invocation fails and the log says why."""
    with (
        account.connection.refusing("PublishBatch", "AuthorizationError", status=403),
        pytest.raises(Exception, match="1 events were not published"),
    ):
        account.invoke("relay", stream_batch(stream_record(an_image(1))))

    logged = account.console.log("Stream batch not fully published")
    assert logged["records"] == 1
    assert "AuthorizationError" in logged["exception"]
    assert account.console.log("Order event not published")["orderId"] == "ORDER-1"


def test_consumers_understand_what_the_relay_publishes(account: MockAccount) -> None:
    """The event that the relay publishes of a stored order is the event that consumers read, value by value."""
    response = account.post(an_order(priority="high"))
    account.relay(response.body["orderId"])

    (body,) = account.receive("email")
    assert OrderCreated.from_json(body) == OrderCreated.of_stored_order(account.orders()[0])
