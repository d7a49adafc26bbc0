"""The deployed local stack as the end-to-end tests see it: HTTP in front, AWS's own APIs behind."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from local.smoke_test import SmokeTest
from tests.support.polling import eventually
from tooling.sample_order import SAMPLE_ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.emulator import Emulator
    from tooling.clients import Client

# Nothing here speaks TLS, and to read the certificates that nobody asks for takes longer than a request does.
_TRUSTING_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def sample_order(**changes: Any) -> dict[str, Any]:
    """The sample order of the source with some fields changed; a field set to None is left out."""
    changed = {**json.loads(json.dumps(SAMPLE_ORDER)), **changes}
    return {name: value for name, value in changed.items() if value is not None}


class LocalStack:
    """A deployed stack, with what tests do to it and ask of it. Every wait is bounded."""

    def __init__(self, emulator: Emulator, outputs: dict[str, Any]) -> None:
        self.emulator = emulator
        self.outputs = outputs
        self._smoke_test = SmokeTest(emulator, outputs)

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
        """Send a request: an object as JSON, text or bytes as they are; without a body, a new sample order."""
        content = (
            body
            if isinstance(body, str | bytes)
            else json.dumps(sample_order() if body is None else body)
        )
        named = {
            "Content-Type": "application/json",
            "Idempotency-Key": key or str(uuid4()),
            **(headers or {}),
        }
        return self.send("POST", path, content=content, headers=named)

    def get(self, path: str, *, headers: dict[str, str] | None = None) -> httpx.Response:
        """Read something."""
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
        url = self.outputs["apiEndpoint"] + path
        return httpx.request(
            method,
            url,
            content=content,
            headers=headers,
            timeout=30,
            trust_env=False,
            verify=_TRUSTING_NOBODY,
        )

    def order(self, order_id: str) -> dict[str, Any] | None:
        """The stored order."""
        return self._smoke_test.order(order_id)

    def events(self, order_id: str) -> list[dict[str, Any]]:
        """The events about an order that the topic sent out."""
        return self._smoke_test.events(order_id)

    def emails(self, order_id: str) -> list[dict[str, Any]]:
        """The e-mails about an order."""
        return self._smoke_test.emails(order_id)

    def audit_records(self, order_id: str) -> list[dict[str, Any]]:
        """The audit records of an order."""
        return self._smoke_test.audit_records(order_id)

    def await_email(self, order_id: str, timeout: float = 20) -> dict[str, Any]:
        """The first e-mail about an order."""
        return eventually(
            lambda: self.emails(order_id), f"e-mail about {order_id}", timeout=timeout
        )[0]

    def await_audit(self, order_id: str, timeout: float = 20) -> dict[str, Any]:
        """The first audit record of an order."""
        return eventually(
            lambda: self.audit_records(order_id), f"audit record of {order_id}", timeout=timeout
        )[0]

    def await_those_before(self) -> None:
        """Wait until one more order is everywhere: the table's stream, which is in order, has no earlier one left."""
        order_id = self.post().json()["orderId"]
        self.await_email(order_id)
        self.await_audit(order_id)

    def await_dead_letter(
        self, workflow: str, about: str = "", timeout: float = 60
    ) -> dict[str, Any]:
        """Take a message that holds a text out of a workflow's dead-letter queue, and leave the others there."""
        url, sqs = self.outputs["deadLetterQueueUrls"][workflow], self.client("sqs")

        def seen() -> list[dict[str, Any]]:
            answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
            return [message for message in answer.get("Messages", []) if about in message["Body"]]

        message = eventually(seen, f"dead letter of {workflow} about {about}", timeout=timeout)[0]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return message

    def await_log_lines(self, function: str, order_id: str) -> list[dict[str, Any]]:
        """What a function has logged about an order; its log is written when an invocation has ended."""
        return eventually(
            lambda: [line for line in self.logs(function) if line.get("orderId") == order_id],
            f"log lines of {function} about {order_id}",
        )

    def logs(self, function: str) -> list[dict[str, Any]]:
        """The JSON lines that a function (orders, relay, email, audit) has logged."""
        group = f"/aws/lambda/{self.outputs['functionNames'][function]}"
        events = self.client("logs").filter_log_events(logGroupName=group)["events"]
        return [
            json.loads(event["message"]) for event in events if event["message"].startswith("{")
        ]
