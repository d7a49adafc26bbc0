"""Events of the measured functions: orders from an API, SQS batches, and stream batches."""

from __future__ import annotations

import base64
import copy
import json
import os
import uuid
from typing import TYPE_CHECKING, Any, Final

from tooling.sample_order import SAMPLE_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BATCH: Final = 10
"""Messages or records in an event, of this project's functions and of the peer alike."""

ACCOUNT: Final = "123456789012"

_TIMESTAMP: Final = 1_768_473_000


def orders(count: int) -> list[dict[str, Any]]:
    """Return orders of as many customers; prices are integers, because a peer stores no others."""
    return [_order(number) for number in range(count)]


def _order(number: int) -> dict[str, Any]:
    order = copy.deepcopy(SAMPLE_ORDER)
    for item in order["items"]:
        item["price"] = round(item["price"])
    return {
        **order,
        "orderId": str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))),
        "customerId": f"CUST-{number:05}",
        "customerEmail": f"john.doe.{number}@example.com",
    }


def api_event(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event of an HTTP API (payload format 2.0)."""
    return {
        "version": "2.0",
        "routeKey": "POST /orders",
        "rawPath": "/orders",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", "content-length": "300"},
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            "http": {
                "method": "POST",
                "path": "/orders",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "curl/8.5.0",
            },
            "requestId": base64.b64encode(os.urandom(11)).decode(),  # such as JKJaXmPLvHcESHA=
            "routeKey": "POST /orders",
            "stage": "$default",
            "time": "15/Jan/2026:10:30:00 +0000",
            "timeEpoch": _TIMESTAMP * 1000,
        },
        "body": json.dumps(order),
        "isBase64Encoded": False,
    }


def queue_event(bodies: Sequence[str]) -> dict[str, Any]:
    """Return a batch of SQS messages."""
    return {"Records": [_message(body) for body in bodies]}


def _message(body: str) -> dict[str, Any]:
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": "receipt",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": f"{_TIMESTAMP}000",
            "SenderId": "AIDAIT2UOQQY3AUEKVGXU",
            "ApproximateFirstReceiveTimestamp": f"{_TIMESTAMP}001",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue",
        "awsRegion": "us-east-1",
    }


def stream_event(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a batch of records of a table's stream, which report new items."""
    return {"Records": [_record(item) for item in items]}


def _record(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "eventID": uuid.uuid4().hex,
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": _TIMESTAMP,
            "Keys": {"orderId": item["orderId"]},
            "NewImage": item,
            "SequenceNumber": "111",
            "SizeBytes": len(json.dumps(item)),
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


def batches(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Yield the values in batches; an incomplete one at the end is left out."""
    for start in range(0, len(values) - BATCH + 1, BATCH):
        yield values[start : start + BATCH]
