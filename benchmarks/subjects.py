"""The measured functions: this project's, from their bundles, and the printed handlers, the peers.

The events of a function are what the function before it sent: the relay gets the items that orders
has written, email and audit the messages that the relay has published.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

from benchmarks.events import ACCOUNT, BATCH, api_event, batches, queue_event, stream_event
from benchmarks.process import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from benchmarks.process import Measurement

# For printed handlers, by file: the function in it, and the variables that it reads.
_PRINTED: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "http_platform.py": (
        "lambda_handler",
        {"ORDERS_TABLE_NAME": "orders", "ENVIRONMENT": "dev"},
    ),
    "queue_api_handler.py": (
        "handler",
        {"ORDER_QUEUE_URL": f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/orders"},
    ),
    "queue_order_processor.py": (
        "handler",
        {
            "ORDERS_TABLE": "orders",
            "SNS_TOPIC": f"arn:aws:sns:us-east-1:{ACCOUNT}:orders",
            "CUSTOMER_ID_GSI": "CustomerIdIndex",
        },
    ),
}
PEERS: Final = tuple(_PRINTED)


def peer(file: str, folder: Path, orders: Sequence[Mapping[str, Any]]) -> Subject:
    """Return a printed handler; `folder` holds it with its bytecode."""
    function, variables = _PRINTED[file]
    if file == "queue_order_processor.py":
        messages = [_printed_message(order) for order in orders]
        events = [queue_event(batch) for batch in batches(messages)]
    else:
        events = [api_event(order) for order in orders]
    return Subject(
        name=file,
        folder=folder,
        handler=f"{file.removesuffix('.py')}.{function}",
        variables=variables,
        orders_per_event=len(orders) // len(events),
        events=events,
    )


def _printed_message(order: Mapping[str, Any]) -> str:
    """Return what the printed API handler sends to the queue."""
    items = [{"itemId": item["productId"], **item} for item in order["items"]]
    received = {"receivedAt": "2026-01-15T10:30:00.123456", "messageId": str(uuid.uuid4())}
    return json.dumps({**order, "items": items, **received})


def pipeline(
    variables: Mapping[str, Mapping[str, str]],
    folders: Mapping[str, Path],
    orders: Sequence[Mapping[str, Any]],
    run: Callable[[Subject], Measurement],
) -> Iterator[Subject]:
    """Yield the functions in the order of the pipeline, each with its events.

    Args:
        variables: The environment variables of each function.
        folders: Their unpacked bundles.
        orders: The orders that clients send.
        run: Runs a function whose calls are the events of others; it records the bodies.
    """

    def subject(name: str, events: Sequence[Mapping[str, Any]], size: int = 1) -> Subject:
        return Subject(
            name=name,
            folder=folders[name],
            handler=f"handlers.{name}.handler.handle",
            variables=variables[name],
            orders_per_event=size,
            events=events,
        )

    def sent(producer: Subject, operation: str) -> Iterator[Sequence[Any]]:
        return batches(run(producer).sent(operation))

    requests = [api_event(order) for order in orders]
    intake = subject("intake", requests)
    yield intake
    queued = [queue_event(batch) for batch in sent(intake, "SendMessage")]
    yield subject("processor", queued, BATCH)
    first = subject("orders", requests)
    yield first
    stored = [stream_event(batch) for batch in sent(first, "PutItem")]
    relay = subject("relay", stored, BATCH)
    yield relay
    published = [queue_event(batch) for batch in sent(relay, "PublishBatch")]
    yield subject("email", published, BATCH)
    yield subject("audit", published, BATCH)
