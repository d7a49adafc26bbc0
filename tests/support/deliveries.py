"""Events of the functions behind the table: stream records, SQS messages, the Lambda context."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from handlers.common import exact_json
from handlers.events.order_created import OrderCreated

if TYPE_CHECKING:
    from collections.abc import Mapping

STORED: Mapping[str, Any] = {
    "orderId": "ORDER-1",
    "customerId": "CUST-12345",
    "customerName": "Jane Roe",
    "customerEmail": "jane.roe@example.com",
    "items": [
        {
            "productId": "PROD-001",
            "productName": "Widget A",
            "quantity": 2,
            "price": 30,
            "subtotal": 60,
        }
    ],
    "totalAmount": 60,
    "currency": "USD",
    "status": "PROCESSING",
    "createdAt": "2026-01-15T10:30:00.123Z",
    "correlationId": "corr-1",
}


@dataclass(frozen=True)
class Context:
    """The attributes of Lambda's context object that handlers and libraries use."""

    aws_request_id: str = field(default_factory=lambda: f"invocation-{uuid4()}")
    function_name: str = "function"
    function_version: str = "1"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:function:live"
    milliseconds_left: int = 30_000

    def get_remaining_time_in_millis(self) -> int:
        """The time until the timeout."""
        return self.milliseconds_left


def an_event(**changes: Any) -> OrderCreated:
    """The event of a new stored order, with some fields changed."""
    return OrderCreated.of_stored_order({**STORED, "orderId": f"ORDER-{uuid4()}", **changes})


def a_queued_order(**changes: Any) -> str:
    """A message of the order queue, with some fields changed; None removes a field."""
    record = {
        **STORED,
        "expiresAt": 4102444800,
        "requestId": "req-1",
        "fingerprint": "f" * 64,
        **changes,
    }
    return exact_json.dumps({name: value for name, value in record.items() if value is not None})


def queue_batch(*bodies: str | OrderCreated) -> dict[str, Any]:
    """An SQS batch; the messages' IDs are `message-0`, `message-1`, and so on."""
    return {"Records": [_message(number, body) for number, body in enumerate(bodies)]}


def failures(response: Any) -> list[str]:
    """The IDs of the messages that a consumer reported as failed."""
    return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


def stream_batch(*records: dict[str, Any]) -> dict[str, Any]:
    """A batch of a DynamoDB stream."""
    return {"Records": list(records)}


def stream_record(
    image: Mapping[str, Any], *, name: str = "INSERT", before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A stream record of an item in attribute values; `before` is the old image."""
    images = {} if name == "REMOVE" else {"NewImage": dict(image)}
    if name != "INSERT":
        images["OldImage"] = dict(before or image)
    return {
        "eventID": uuid4().hex,
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1768473000,
            "Keys": {"orderId": image.get("orderId", {"S": "unknown"})},
            **images,
            "SequenceNumber": "111",
            "SizeBytes": 512,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


def _message(number: int, body: str | OrderCreated) -> dict[str, Any]:
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": body if isinstance(body, str) else body.to_json(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1768473000000",
            "SenderId": "AIDAIT2UOQQY3AUEKVGXU",
            "ApproximateFirstReceiveTimestamp": "1768473000001",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:queue",
        "awsRegion": "eu-central-1",
    }
