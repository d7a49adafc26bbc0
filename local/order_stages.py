"""The stages of an order in a local stack: sends orders, and waits until they are everywhere."""

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

    from local.emulator.emulator import Emulator

    Probe = Callable[[], Any]

STAGES = ("stored order", "event", "email", "audit record")
_POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What was seen at a stage, and how long after the request."""

    value: Any
    milliseconds: float


class OrderStages:
    """Sends orders to a stack, and reads each place that an order reaches."""

    def __init__(
        self, emulator: Emulator, outputs: dict[str, Any], caller: Caller | None = None
    ) -> None:
        self._emulator = emulator
        self._outputs = outputs
        self.caller = caller or Caller(url=outputs["ordersUrl"])
        self._probe_queue = _probe_queue(emulator, outputs["topicArn"])
        self._events: dict[str, dict[str, Any]] = {}

    def send(self, key: str) -> httpx.Response:
        """Send the sample order."""
        try:
            return self.caller.send(key)
        except httpx.HTTPError as error:
            raise UserError(f"The API at {self.caller.url} did not respond: {error}") from error

    def await_stages(self, order_id: str, start: float, timeout: float) -> dict[str, Observation]:
        """Wait until an order has reached every stage.

        Args:
            order_id: The order.
            start: The time of its request, by `time.perf_counter()`.
            timeout: Seconds after the request.

        Raises:
            UserError: it has not; names the stages.
        """
        probes: dict[str, Probe] = {
            "stored order": lambda: self.order(order_id),
            "event": lambda: next(iter(self.events(order_id)), None),
            "email": lambda: next(iter(self.emails(order_id)), None),
            "audit record": lambda: next(iter(self.audit_records(order_id)), None),
        }
        observations: dict[str, Observation] = {}
        while probes and time.perf_counter() - start < timeout:
            for stage, probe in list(probes.items()):
                if value := probe():
                    milliseconds = (time.perf_counter() - start) * 1000
                    observations[stage] = Observation(value=value, milliseconds=milliseconds)
                    del probes[stage]
            time.sleep(_POLL_SECONDS)
        if probes:
            missing = ", ".join(f"the {stage}" for stage in probes)
            raise UserError(f"Missing after {timeout:g} s: {missing}.")
        return observations

    def order(self, order_id: str) -> dict[str, Any] | None:
        """Return the stored order."""
        response = self._emulator.client("dynamodb").get_item(
            TableName=self._outputs["ordersTableName"], Key={"orderId": {"S": order_id}}
        )
        return _plain(response["Item"]) if "Item" in response else None

    def events(self, order_id: str) -> list[dict[str, Any]]:
        """Return the events about an order that the topic has published."""
        sqs, url = self._emulator.client("sqs"), self._probe_queue
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._events[message["MessageId"]] = json.loads(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [event for event in self._events.values() if event.get("orderId") == order_id]

    def emails(self, order_id: str) -> list[dict[str, Any]]:
        """Return the emails about an order."""
        return [email for email in self._emulator.emails() if order_id in str(email["Subject"])]

    def audit_records(self, order_id: str) -> list[dict[str, Any]]:
        """Return the audit records of an order."""
        response = self._emulator.client("dynamodb").query(
            TableName=self._outputs["auditTableName"],
            IndexName=ORDER_INDEX,
            KeyConditionExpression="orderId = :id",
            ExpressionAttributeValues={":id": {"S": order_id}},
        )
        return [_plain(item) for item in response["Items"]]

    def order_count(self) -> int:
        """Return the number of stored orders."""
        table = self._outputs["ordersTableName"]
        return int(self._emulator.client("dynamodb").scan(TableName=table)["Count"])


def _probe_queue(emulator: Emulator, topic_arn: str) -> str:
    """Subscribe a queue to the topic, so that its events can be read beside the workflows."""
    sqs = emulator.client("sqs")
    url: str = sqs.create_queue(QueueName=f"probe-{topic_arn.rpartition(':')[2]}")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    arn = attributes["QueueArn"]
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
