"""The relay function: new orders are published."""

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
    """The image of a stored order in the stream."""
    return as_image({**STORED, "orderId": f"ORDER-{number}", **changes})


def published(account: MockAccount) -> list[dict[str, Any]]:
    """The entries that the last invocation published."""
    calls = [call for call in account.connection.calls if call.operation == "PublishBatch"]
    return [entry for call in calls for entry in call.parameters["PublishBatchRequestEntries"]]


def test_new_order_is_published_as_an_event(account: MockAccount) -> None:
    """A stored order becomes one event with everything that consumers need."""
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


def test_published_event_is_logged(account: MockAccount) -> None:
    """A published event is logged with order ID and correlation ID."""
    account.invoke("relay", stream_batch(stream_record(an_image(7))))

    logged = account.console.log("Order event published")
    assert (logged["orderId"], logged["correlationId"], logged["component"]) == (
        "ORDER-7",
        "corr-1",
        "relay",
    )
    assert "jane" not in account.console.getvalue().lower()


def test_only_new_orders_are_published(account: MockAccount) -> None:
    """Changed and deleted orders are not published."""
    batch = [stream_record(an_image(1), name="MODIFY"), stream_record(an_image(2), name="REMOVE")]
    account.invoke("relay", stream_batch(*batch))
    assert account.operations == []

    account.invoke("relay", stream_batch(*batch, stream_record(an_image(3))))
    assert [json.loads(entry["Message"])["orderId"] for entry in published(account)] == ["ORDER-3"]


def test_events_are_published_ten_at_a_time(account: MockAccount) -> None:
    """A large batch costs one call for ten orders."""
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


def test_message_attributes_are_type_and_priority(account: MockAccount) -> None:
    """Message attributes are the event type, and the priority if there is one."""
    batch = [stream_record(an_image(1)), stream_record(an_image(2, priority="high"))]
    account.invoke("relay", stream_batch(*batch))

    plain, prioritised = (entry["MessageAttributes"] for entry in published(account))
    assert plain == {"eventType": {"DataType": "String", "StringValue": "ORDER_CREATED"}}
    assert prioritised == {**plain, "priority": {"DataType": "String", "StringValue": "high"}}


def test_event_has_the_same_id_however_often_it_is_published(account: MockAccount) -> None:
    """An event has the same ID each time it is published; no two orders share one."""
    ids = []
    for number in (1, 1, 2):
        account.invoke("relay", stream_batch(stream_record(an_image(number))))
        ids += [json.loads(entry["Message"])["eventId"] for entry in published(account)]

    assert ids[0] == ids[1] != ids[2]


def test_order_twice_in_one_batch_is_one_event(account: MockAccount) -> None:
    """An order twice in a batch is one event."""
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
def test_invalid_record_is_raised_after_the_others(
    account: MockAccount, poison: dict[str, Any]
) -> None:
    """An invalid record is raised, after the others were published."""
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


def test_refused_batch_is_raised_with_its_cause(account: MockAccount) -> None:
    """If the topic refuses a batch, the invocation fails and the log has the cause."""
    with (
        account.connection.refusing("PublishBatch", "AuthorizationError", status=403),
        pytest.raises(Exception, match="1 events were not published"),
    ):
        account.invoke("relay", stream_batch(stream_record(an_image(1))))

    logged = account.console.log("Stream batch not fully published")
    assert logged["records"] == 1
    assert "AuthorizationError" in logged["exception"]
    assert account.console.log("Order event not published")["orderId"] == "ORDER-1"


def test_consumers_parse_the_published_event(account: MockAccount) -> None:
    """Consumers parse the published event, value by value."""
    response = account.post(an_order(priority="high"))
    account.relay(response.body["orderId"])

    (body,) = account.receive("email")
    assert OrderCreated.from_json(body) == OrderCreated.of_stored_order(account.orders()[0])
