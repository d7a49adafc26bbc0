"""A mocked AWS account with the resources that the handlers use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from moto import mock_aws
from moto.backends import get_backend
from moto.dynamodb.models import DynamoDBBackend

from handlers.common.contract import CUSTOMER_INDEX
from tests.support import partiql
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
    from tests.support.deliveries import Context

# The main operation of each function.
OPERATIONS = {
    "orders": "PutItem",
    "intake": "SendMessage",
    "processor": "PutItem",
    "relay": "PublishBatch",
    "email": "SendEmail",
    "audit": "BatchExecuteStatement",
    "lookup": "GetItem",
}

_KEYS = {
    ORDERS_TABLE: ("orderId",),
    AUDIT_TABLE: ("auditId", "timestamp"),
    SENT_EMAILS_TABLE: ("eventId",),
}
_INDEXES = {ORDERS_TABLE: (CUSTOMER_INDEX, ("customerId", "createdAt"))}
_ACCOUNT = "123456789012"
_SERIALIZER, _DESERIALIZER = TypeSerializer(), TypeDeserializer()


@dataclass(frozen=True)
class ApiResponse:
    """A response of the API as the client receives it."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """The parsed body."""
        body: dict[str, Any] = json.loads(self.text)
        return body

    @property
    def fields(self) -> list[str]:
        """The fields of the violations, in order."""
        return [error["field"] for error in self.body["errors"]]


def is_counter(item: Mapping[str, Any]) -> bool:
    """Whether an item of the sent-emails table counts the confirmations of a recipient."""
    return str(item["eventId"]["S"]).startswith("recipient/")


class MockAccount:
    """Tables, topic, queues and a sender; a context manager that the tests of a module share."""

    functions: Functions

    def __init__(self) -> None:
        self._patch = pytest.MonkeyPatch()
        self._aws = mock_aws()
        self.queues: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._aws.start()
        for key, value in ENVIRONMENT.items():
            self._patch.setenv(key, value)
        execute = partiql.batch_execute_statement
        self._patch.setattr(DynamoDBBackend, "batch_execute_statement", execute)
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
        """The output of the last invocation."""
        return self.functions.console

    @property
    def connection(self) -> Connection:
        """The calls of the last invocation, and faults for the next."""
        return self.functions.connection

    @property
    def operations(self) -> list[str]:
        """The AWS operations that the last invocation called."""
        return [call.operation for call in self.connection.calls]

    def invoke(self, handler: str | ModuleType, event: Any, context: Context | None = None) -> Any:
        """Invoke a function."""
        return self.functions.invoke(handler, event, context)

    def post(
        self,
        body: Any,
        *,
        headers: dict[str, str] | None = None,
        request_id: str | None = None,
        key: str | None = None,
        handler: str | ModuleType = "orders",
    ) -> ApiResponse:
        """Send an order to the API; `key` is the Idempotency-Key, `handler` the API function."""
        key_header = {} if key is None else {"Idempotency-Key": key}
        headers = {**(headers or {}), **key_header}
        return self.send(http_request(body, headers=headers, request_id=request_id), handler)

    def send(self, event: dict[str, Any], handler: str | ModuleType = "orders") -> ApiResponse:
        """Invoke a function with a proxy event."""
        response = self.invoke(handler, event)
        return ApiResponse(response["statusCode"], response["headers"], response["body"])

    def orders(self) -> list[dict[str, Any]]:
        """Every stored order."""
        return list(map(as_item, self.images(ORDERS_TABLE)))

    def order(self, order_id: str) -> dict[str, Any]:
        """One stored order."""
        return as_item(self._image(ORDERS_TABLE, orderId=order_id))

    def audit_records(self) -> list[dict[str, Any]]:
        """Every audit record."""
        return list(map(as_item, self.images(AUDIT_TABLE)))

    def audit_record(self, audit_id: str, timestamp: str) -> dict[str, Any]:
        """One audit record."""
        return as_item(self._image(AUDIT_TABLE, auditId=audit_id, timestamp=timestamp))

    def emails(self) -> list[dict[str, Any]]:
        """The parameters of every email that the last invocation sent to SES."""
        return [call.parameters for call in self.connection.calls if call.operation == "SendEmail"]

    def recipients(self) -> list[str]:
        """The recipients of all emails that SES accepted since the account was empty."""
        messages = get_backend("ses")[_ACCOUNT][REGION].sent_messages
        return [address for each in messages for address in each.destinations["ToAddresses"]]

    def email_records(self) -> list[dict[str, Any]]:
        """The idempotency records of the sent-emails table, in attribute values."""
        return [image for image in self.images(SENT_EMAILS_TABLE) if not is_counter(image)]

    def relay(self, *order_ids: str) -> None:
        """Invoke the relay with stream records of stored orders."""
        images = [self._image(ORDERS_TABLE, orderId=order_id) for order_id in order_ids]
        self.invoke("relay", stream_batch(*map(stream_record, images)))

    def receive(self, queue: str) -> list[str]:
        """Receive and delete all messages of a queue, in moto's memory, which is faster."""
        sqs = get_backend("sqs")[_ACCOUNT][REGION]
        bodies = [message.body for message in sqs.queues[queue].messages]
        sqs.queues[queue].last_purged_at = None  # allows a second purge within a minute
        sqs.purge_queue(queue)
        return bodies

    def images(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table in attribute values, from moto's memory."""
        items = get_backend("dynamodb")[_ACCOUNT][REGION].tables[table].all_items()
        return [item.to_json()["Attributes"] for item in items]

    def clear(self) -> None:
        """Empty tables, queues and the list of sent emails, in moto's memory."""
        for table in _KEYS:
            get_backend("dynamodb")[_ACCOUNT][REGION].tables[table].items.clear()
        for queue in self.queues:
            self.receive(queue)
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

    def _image(self, table: str, **key: str) -> dict[str, Any]:
        """An item of a table in attribute values, from moto's memory."""
        item = get_backend("dynamodb")[_ACCOUNT][REGION].get_item(table, as_image(key))
        assert item is not None, f"{table} has no item {key}"
        image: dict[str, Any] = item.to_json()["Attributes"]
        return image


def as_image(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as DynamoDB attribute values."""
    return {name: _SERIALIZER.serialize(value) for name, value in item.items()}


def as_item(image: Mapping[str, Any]) -> dict[str, Any]:
    """An item with Python values."""
    return {name: _DESERIALIZER.deserialize(value) for name, value in image.items()}


def _schema(keys: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"AttributeName": key, "KeyType": kind}
        for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]
