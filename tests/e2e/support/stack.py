"""A deployed stack as end-to-end tests use it: HTTP for the API, AWS's own APIs for the rest."""

from __future__ import annotations

import contextlib
import json
import ssl
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from local.order_stages import OrderStages
from tests.support.polling import eventually
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from local.emulator.emulator import Emulator
    from tooling.clients import Client

# The emulator has no TLS, and loading the CA certificates takes longer than a request.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_DEPTHS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]


class LocalStack:
    """A deployed stack. Every wait is bounded."""

    def __init__(self, emulator: Emulator, outputs: dict[str, Any]) -> None:
        self.emulator = emulator
        self.outputs = outputs
        self._stages = OrderStages(emulator, outputs)

    def client(self, service: str) -> Client:
        """A boto3 client with root's permissions."""
        return self.emulator.client(service)

    def post(
        self,
        body: Any = None,
        *,
        key: str | None = None,
        path: str = "/orders",
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send an object as JSON, text or bytes as they are; without a body, a new sample order."""
        body = sample_order() if body is None else body
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        defaults = {"Content-Type": "application/json", "Idempotency-Key": key or str(uuid4())}
        return self.send("POST", path, content=content, headers={**defaults, **(headers or {})})

    def get(self, path: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
        """Send a GET request."""
        return self.send("GET", path, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        *,
        content: str | bytes | None = None,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
    ) -> httpx.Response:
        """Send a request with these headers and no others but httpx's own."""
        return httpx.request(
            method,
            self.outputs["apiEndpoint"] + path,
            content=content,
            headers=headers,
            timeout=30,
            trust_env=False,
            verify=_NO_CERTIFICATES,
        )

    def order(self, order_id: str) -> dict[str, Any] | None:
        """The stored order."""
        return self._stages.order(order_id)

    def events(self, order_id: str) -> list[dict[str, Any]]:
        """The published events about an order."""
        return self._stages.events(order_id)

    def emails(self, order_id: str) -> list[dict[str, Any]]:
        """The emails about an order."""
        return self._stages.emails(order_id)

    def audit_records(self, order_id: str) -> list[dict[str, Any]]:
        """The audit records of an order."""
        return self._stages.audit_records(order_id)

    def await_email(self, order_id: str) -> dict[str, Any]:
        """The first email about an order."""
        what = f"email about {order_id}"
        return eventually(lambda: self.emails(order_id), what)[0]

    def await_audit(self, order_id: str) -> dict[str, Any]:
        """The first audit record of an order."""
        what = f"audit record of {order_id}"
        return eventually(lambda: self.audit_records(order_id), what)[0]

    def await_delivery(self, order_id: str) -> None:
        """Wait until an order is emailed and audited."""
        self.await_email(order_id)
        self.await_audit(order_id)

    def await_earlier_orders(self) -> None:
        """Wait until one more order is delivered; the stream is in order, so all before it are."""
        self.await_delivery(self.post().json()["orderId"])

    def await_dead_letter(self, queue: str, text: str = "") -> dict[str, Any]:
        """Remove a message that contains a text from a dead-letter queue, and return it."""
        url, sqs = self.outputs["deadLetterQueueUrls"][queue], self.client("sqs")

        def matches() -> list[dict[str, Any]]:
            batch = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            return [message for message in batch.get("Messages", []) if text in message["Body"]]

        message = eventually(matches, f"dead letter of {queue} with {text}")[0]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return message

    def send_message(self, queue: str, body: str) -> None:
        """Send a message to a queue."""
        self.client("sqs").send_message(QueueUrl=self.outputs["queueUrls"][queue], MessageBody=body)

    def queue_depths(self) -> dict[str, int]:
        """The messages of each queue, in flight or not; a dead-letter queue is `<queue>, dead`."""
        dead = {f"{name}, dead": url for name, url in self.outputs["deadLetterQueueUrls"].items()}
        return {name: self._depth(url) for name, url in (self.outputs["queueUrls"] | dead).items()}

    def _depth(self, url: str) -> int:
        queue = self.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=_DEPTHS)
        return sum(int(queue["Attributes"][name]) for name in _DEPTHS)

    def set_retries(self, queue: str, *, seconds: int, receives: int | None = None) -> None:
        """Set the visibility timeout of a queue, and the receives that make a dead letter."""
        sqs, url = self.client("sqs"), self.outputs["queueUrls"][queue]
        attributes = {"VisibilityTimeout": str(seconds)}
        if receives:
            name = "RedrivePolicy"
            before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"]
            policy = {**json.loads(before[name]), "maxReceiveCount": receives}
            attributes[name] = json.dumps(policy)
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    @contextlib.contextmanager
    def retries(
        self, *queues: str, seconds: int, receives: int | None = None
    ) -> Iterator[LocalStack]:
        """Set the retries of queues for the length of a block."""
        sqs, names = self.client("sqs"), ["VisibilityTimeout", "RedrivePolicy"]
        before = {
            url: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            for url in (self.outputs["queueUrls"][queue] for queue in queues)
        }
        for queue in queues:
            self.set_retries(queue, seconds=seconds, receives=receives)
        try:
            yield self
        finally:
            for url, attributes in before.items():
                sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    def idempotency_records(self, status: str) -> list[dict[str, Any]]:
        """The email function's idempotency records with a status."""
        table = self.outputs["sentEmailsTableName"]
        items = self.client("dynamodb").scan(TableName=table)["Items"]
        return [item for item in items if item.get("status") == {"S": status}]

    def await_log_lines(self, function: str, order_id: str) -> list[dict[str, Any]]:
        """What a function has logged about an order, once its invocation has ended."""
        return eventually(
            lambda: [line for line in self.logs(function) if line.get("orderId") == order_id],
            f"log lines of {function} about {order_id}",
        )

    def logs(self, function: str) -> list[dict[str, Any]]:
        """The JSON lines that a function has logged."""
        group = f"/aws/lambda/{self.outputs['functionNames'][function]}"
        events = self.client("logs").filter_log_events(logGroupName=group)["events"]
        messages = [event["message"] for event in events]
        return [json.loads(message) for message in messages if message.startswith("{")]
