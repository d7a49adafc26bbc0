"""A mocked AWS account with everything that the handlers meet in a deployed one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from moto import mock_aws
from moto.backends import get_backend

from handlers.common.contract import CUSTOMER_INDEX
from tests.support.deliveries import stream_batch, stream_record
from tests.support.functions import (
    AUDIT_TABLE,
    ENVIRONMENT,
    ORDER_QUEUE,
    ORDERS_TABLE,
    REGION,
    SENDER,
    SENT_EMAILS_TABLE,
    TOPIC,
    TOPIC_ARN,
    Functions,
    functions,
)
from tests.support.requests import http_request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType, TracebackType

    from tests.support.connection import Connection
    from tests.support.console import Console

# What each function calls to do its work, by which it can be made to fail.
OPERATIONS = {
    "orders": "PutItem",
    "intake": "SendMessage",
    "processor": "PutItem",
    "relay": "PublishBatch",
    "email": "SendEmail",
    "audit": "PutItem",
    "lookup": "GetItem",
}

_KEYS = {
    ORDERS_TABLE: ("orderId",),
    AUDIT_TABLE: ("auditId", "timestamp"),
    SENT_EMAILS_TABLE: ("eventId",),
}
_INDEXES = {ORDERS_TABLE: (CUSTOMER_INDEX, ("customerId", "createdAt"))}
_ACCOUNT = "123456789012"
_MOST_WRITES = 25
_SERIALIZER, _DESERIALIZER = TypeSerializer(), TypeDeserializer()


@dataclass(frozen=True)
class ApiResponse:
    """An answer of the API as the client sees it."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object in the answer."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def fields(self) -> list[str]:
        """The fields that were refused, in the answer's order."""
        return [error["field"] for error in self.body["errors"]]


def is_counter(item: Mapping[str, Any]) -> bool:
    """Whether an item of the sent-emails table counts the confirmations of a recipient."""
    return str(item["eventId"]["S"]).startswith("recipient/")


class MockAccount:
    """Tables, topic, queues and a sender; tests use it as a context manager and share it within a module."""

    functions: Functions

    def __init__(self) -> None:
        self._patch = pytest.MonkeyPatch()
        self._aws = mock_aws()
        self.queues: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._aws.start()
        for key, value in ENVIRONMENT.items():
            self._patch.setenv(key, value)
        self.session = boto3.Session()
        self.dynamodb = self.session.client("dynamodb")
        self.sns = self.session.client("sns")
        self.sqs = self.session.client("sqs")
        self._create()
        self.functions = functions()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._patch.undo()
        self._aws.stop()

    @property
    def console(self) -> Console:
        """What the last invocation wrote."""
        return self.functions.console

    @property
    def connection(self) -> Connection:
        """What the last invocation asked of AWS, and faults for the next."""
        return self.functions.connection

    @property
    def operations(self) -> list[str]:
        """The AWS operations that the last invocation called."""
        return [call.operation for call in self.connection.calls]

    def invoke(self, handler: str | ModuleType, event: Any) -> Any:
        """Invoke a function."""
        return self.functions.invoke(handler, event)

    def post(
        self,
        body: Any,
        *,
        headers: dict[str, str] | None = None,
        request_id: str | None = None,
        key: str | None = None,
        handler: str | ModuleType = "orders",
    ) -> ApiResponse:
        """Send an order to the API; `key` is its Idempotency-Key, `handler` the function behind the gateway."""
        sent = {**(headers or {}), **({"Idempotency-Key": key} if key is not None else {})}
        return self.send(http_request(body, headers=sent, request_id=request_id), handler)

    def send(self, event: dict[str, Any], handler: str | ModuleType = "orders") -> ApiResponse:
        """Send a request to the API as API Gateway hands it over."""
        answer = self.invoke(handler, event)
        return ApiResponse(answer["statusCode"], answer["headers"], answer["body"])

    def orders(self) -> list[dict[str, Any]]:
        """Every stored order."""
        return list(map(as_item, self.images(ORDERS_TABLE)))

    def order(self, order_id: str) -> dict[str, Any]:
        """One stored order."""
        return self._item(ORDERS_TABLE, orderId=order_id)

    def audit_records(self) -> list[dict[str, Any]]:
        """Every audit record."""
        return list(map(as_item, self.images(AUDIT_TABLE)))

    def audit_record(self, audit_id: str, timestamp: str) -> dict[str, Any]:
        """One audit record."""
        return self._item(AUDIT_TABLE, auditId=audit_id, timestamp=timestamp)

    def emails(self) -> list[dict[str, Any]]:
        """The parameters of every e-mail that the last invocation gave to SES."""
        return [call.parameters for call in self.connection.calls if call.operation == "SendEmail"]

    def recipients(self) -> list[str]:
        """The address of every e-mail that SES has taken since the account was empty, repeated sendings included."""
        sent = get_backend("ses")[_ACCOUNT][REGION].sent_messages
        return [address for message in sent for address in message.destinations["ToAddresses"]]

    def email_records(self) -> list[dict[str, Any]]:
        """What the sent-emails table holds about single events, in DynamoDB's own notation; no counters."""
        return [image for image in self.images(SENT_EMAILS_TABLE) if not is_counter(image)]

    def relay(self, *order_ids: str) -> None:
        """Let the stream hand stored orders to the relay."""
        keys = ({"orderId": {"S": order_id}} for order_id in order_ids)
        images = [self.dynamodb.get_item(TableName=ORDERS_TABLE, Key=key)["Item"] for key in keys]
        self.invoke("relay", stream_batch(*map(stream_record, images)))

    def receive(self, queue: str) -> list[str]:
        """Take the waiting messages, ten at most, out of a workflow's queue or the order queue."""
        url = self.queues[queue]
        messages = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
            "Messages", []
        )
        if messages:
            receipts = [
                {"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]}
                for message in messages
            ]
            self.sqs.delete_message_batch(QueueUrl=url, Entries=receipts)
        return [message["Body"] for message in messages]

    def drain(self, queue: str) -> list[str]:
        """Take every waiting message out of a queue; in moto's memory, since receiving takes several slow calls."""
        sqs = get_backend("sqs")[_ACCOUNT][REGION]
        bodies = [message.body for message in sqs.queues[queue].messages]
        sqs.queues[
            queue
        ].last_purged_at = None  # it would refuse to be purged twice within a minute
        sqs.purge_queue(queue)
        return bodies

    def images(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table in DynamoDB's own notation; out of moto's memory, since a scan is slow to answer."""
        items = get_backend("dynamodb")[_ACCOUNT][REGION].tables[table].all_items()
        return [item.to_json()["Attributes"] for item in items]

    def clear(self) -> None:
        """Empty tables, queues and the record of sent e-mails."""
        for table, keys in _KEYS.items():
            found = [{key: image[key] for key in keys} for image in self.images(table)]
            for start in range(0, len(found), _MOST_WRITES):
                writes = [
                    {"DeleteRequest": {"Key": key}} for key in found[start : start + _MOST_WRITES]
                ]
                self.dynamodb.batch_write_item(RequestItems={table: writes})
        for queue in self.queues:
            self.drain(queue)
        get_backend("ses")[_ACCOUNT][REGION].sent_messages.clear()

    def _create(self) -> None:
        for table, keys in _KEYS.items():
            self._create_table(table, keys)
        self.session.client("sesv2").create_email_identity(EmailIdentity=SENDER)
        self.sns.create_topic(Name=TOPIC)
        for name in ("email", "audit"):
            self._subscribe(name)
        self.queues[ORDER_QUEUE] = self.sqs.create_queue(QueueName=ORDER_QUEUE)["QueueUrl"]

    def _create_table(self, table: str, keys: tuple[str, ...]) -> None:
        index, index_keys = _INDEXES.get(table, ("", ()))
        indexes = [
            {
                "IndexName": index,
                "KeySchema": _schema(index_keys),
                "Projection": {"ProjectionType": "ALL"},
            }
        ]
        self.dynamodb.create_table(
            TableName=table,
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in (*keys, *index_keys)
            ],
            KeySchema=_schema(keys),
            BillingMode="PAY_PER_REQUEST",
            **({"GlobalSecondaryIndexes": indexes} if index else {}),
        )

    def _subscribe(self, name: str) -> None:
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]
        self.sns.subscribe(
            TopicArn=TOPIC_ARN,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
        )
        self.queues[name] = url

    def _item(self, table: str, **key: str) -> dict[str, Any]:
        return as_item(self.dynamodb.get_item(TableName=table, Key=as_image(key))["Item"])


def as_image(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in DynamoDB's own notation."""
    return {name: _SERIALIZER.serialize(value) for name, value in item.items()}


def as_item(image: Mapping[str, Any]) -> dict[str, Any]:
    """An item as our code knows it."""
    return {name: _DESERIALIZER.deserialize(value) for name, value in image.items()}


def _schema(keys: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"AttributeName": key, "KeyType": kind}
        for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]
