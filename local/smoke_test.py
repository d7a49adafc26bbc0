"""Sends one order into a deployed stack and watches what becomes of it, from the outside."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from boto3.dynamodb.types import TypeDeserializer

from handlers.common.contract import ORDER_INDEX
from local.calls import Caller
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.emulator import Emulator

    Probe = Callable[[], Any]

HOPS = ("stored order", "event", "email", "audit record")
_POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Something that an order caused, and how long after its request it was seen."""

    value: Any
    milliseconds: float


class SmokeTest:
    """The places where one stack's orders can be seen."""

    def __init__(
        self, emulator: Emulator, outputs: dict[str, Any], caller: Caller | None = None
    ) -> None:
        self._emulator = emulator
        self._outputs = outputs
        self._caller = caller or Caller(url=outputs["ordersUrl"])
        self._tap = _tap(emulator, outputs["topicArn"])
        self._tapped: dict[str, dict[str, Any]] = {}

    def send(self, key: str) -> httpx.Response:
        """Send the sample order."""
        try:
            return self._caller.send(key)
        except httpx.HTTPError as error:
            raise UserError(
                f"The API at {self._outputs['ordersUrl']} did not answer: {error}"
            ) from error

    def follow(self, order_id: str, since: float, timeout: float) -> dict[str, Seen]:
        """Wait until an order has been everywhere; an error names where it was not."""
        waiting: dict[str, Probe] = {
            "stored order": lambda: self.order(order_id),
            "event": lambda: next(iter(self.events(order_id)), None),
            "email": lambda: next(iter(self.emails(order_id)), None),
            "audit record": lambda: next(iter(self.audit_records(order_id)), None),
        }
        seen: dict[str, Seen] = {}
        while waiting and time.perf_counter() - since < timeout:
            for hop, probe in list(waiting.items()):
                if value := probe():
                    seen[hop] = Seen(value=value, milliseconds=(time.perf_counter() - since) * 1000)
                    del waiting[hop]
            time.sleep(_POLL_SECONDS)
        if waiting:
            raise UserError(
                f"Missing after {timeout:g} s: {', '.join(f'the {hop}' for hop in waiting)}."
            )
        return seen

    def order(self, order_id: str) -> dict[str, Any] | None:
        """The stored order."""
        item = self._emulator.client("dynamodb").get_item(
            TableName=self._outputs["ordersTableName"], Key={"orderId": {"S": order_id}}
        )
        return _plain(item["Item"]) if "Item" in item else None

    def events(self, order_id: str) -> list[dict[str, Any]]:
        """The events about an order that were published to the topic until now."""
        sqs = self._emulator.client("sqs")
        while messages := sqs.receive_message(QueueUrl=self._tap, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                self._tapped[message["MessageId"]] = json.loads(message["Body"])
                sqs.delete_message(QueueUrl=self._tap, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in self._tapped.values() if event.get("orderId") == order_id]

    def emails(self, order_id: str) -> list[dict[str, Any]]:
        """The e-mails about an order."""
        return [mail for mail in self._emulator.emails() if order_id in str(mail["Subject"])]

    def audit_records(self, order_id: str) -> list[dict[str, Any]]:
        """The audit records of an order."""
        answer = self._emulator.client("dynamodb").query(
            TableName=self._outputs["auditTableName"],
            IndexName=ORDER_INDEX,
            KeyConditionExpression="orderId = :id",
            ExpressionAttributeValues={":id": {"S": order_id}},
        )
        return [_plain(item) for item in answer["Items"]]

    def order_count(self) -> int:
        """How many orders are stored."""
        return int(
            self._emulator.client("dynamodb").scan(TableName=self._outputs["ordersTableName"])[
                "Count"
            ]
        )


def _tap(emulator: Emulator, topic_arn: str) -> str:
    """A queue of our own at the topic, to see what is published without taking it from anybody."""
    sqs = emulator.client("sqs")
    url: str = sqs.create_queue(QueueName=f"tap-{topic_arn.rpartition(':')[2]}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    emulator.client("sns").subscribe(
        TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )
    return url


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}
