"""A mocked account with dead-letter queues, logs and a stream, and orderctl's connection to it."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore import handlers
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from handlers.common.contract import ORDER_INDEX
from orderctl import sources
from orderctl.stack import Outputs, Stack, aws_clients, connect
from orderctl.timeline import build_timeline
from tests.orderctl.support.flaky_connection import FlakyConnection
from tests.support.deliveries import STORED, an_event, queue_batch
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, REGION, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from handlers.events.order_created import OrderCreated
    from orderctl.timeline import Step, Timeline
    from tests.support.mock_account import MockAccount

_EVER: Final = timedelta(days=36500)
_QUEUES: Final = ("email", "audit", "orders")
_DEAD_LETTERS: Final = (*_QUEUES, "relay")
_STREAM: Final = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
_INDEX: Final = {
    "IndexName": ORDER_INDEX,
    "KeySchema": [
        {"AttributeName": "orderId", "KeyType": "HASH"},
        {"AttributeName": "timestamp", "KeyType": "RANGE"},
    ],
    "Projection": {"ProjectionType": "ALL"},
}

# Bodies of dead letters that are no order and no event.
MALFORMED_BODIES: Final = (
    "no JSON",
    "[]",
    '{"orderId": 7}',
    '{"orderId": null}',
    "[" * 100_000,
    '"ORDER-1"',
    '{"orderId": "a", "orderId": "b"}',
    "é" * 99,
    "\x1b[31m",
)


class OperatorStack:
    """The stack that an operator works on, and how tests prepare and inspect it."""

    _iterator: str

    def __init__(self, account: MockAccount) -> None:
        self.account = account
        self.connection = FlakyConnection(lambda event: account.invoke("relay", event))
        self._create()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, *self.connection.hooks]
            )
            self.outputs = self._outputs()
            client = aws_clients(REGION)
            # A mocked queue has one server, which short polling asks.
            self.stack = Stack(outputs=Outputs.model_validate(self.outputs), client=client)
        self.connection.calls.clear()

    def connector(self, **limits: Any) -> Callable[[Outputs], Stack]:
        """Return a `connect` that uses this stack's clients and changes some of its limits."""
        return lambda outputs: replace(
            connect(outputs, clients=lambda _: self.stack.client, polling_seconds=0), **limits
        )

    def clear(self) -> None:
        """Empty everything but logs and the stream, of which later records count."""
        for queue in _queues():
            queue._messages = []  # noqa: SLF001 (it can be purged once a minute only)
        self.account.clear()
        self.stream_records()
        self._records.clear()
        self.connection.calls.clear()

    def add_dead_letter(self, queue: str, body: str | OrderCreated, **attributes: str) -> str:
        """Send a message to a dead-letter queue; return its ID."""
        return self._send(f"{queue}-dead-letters", body, attributes)

    def add_dead_letters(self, count: int, queue: str = "email") -> list[str]:
        """Send events to a dead-letter queue; return their bodies."""
        bodies = [an_event().to_json() for _ in range(count)]
        for body in bodies:
            self.add_dead_letter(queue, body)
        return bodies

    def dead_letters(self, queue: str) -> list[str]:
        """Take all visible messages out of a dead-letter queue; return their bodies."""
        return [message["Body"] for message in self.messages(f"{queue}-dead-letters")]

    def dead_letters_in_flight(self, queue: str) -> None:
        """Receive all messages of a dead-letter queue without deleting them."""
        url = self._urls[f"{queue}-dead-letters"]
        while self.account.sqs.receive_message(QueueUrl=url, VisibilityTimeout=60).get("Messages"):
            pass

    def hidden_count(self, queue: str) -> int:
        """Return how many messages of a dead-letter queue cannot be received now."""
        name: Any = "ApproximateNumberOfMessagesNotVisible"
        url = self._urls[f"{queue}-dead-letters"]
        response = self.account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(response["Attributes"][name])

    def work_messages(self, queue: str) -> list[str]:
        """Take all visible messages out of a work queue; return their bodies."""
        return [message["Body"] for message in self.messages(queue)]

    def messages(self, name: str) -> list[dict[str, Any]]:
        """Take all visible messages out of a queue, with their attributes."""
        sqs, messages = self.account.sqs, []
        while batch := sqs.receive_message(
            QueueUrl=self._urls[name], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            messages += batch
            entries = [
                {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                for number, message in enumerate(batch)
            ]
            sqs.delete_message_batch(QueueUrl=self._urls[name], Entries=entries)
        return messages

    def expire_visibility_timeouts(self) -> None:
        """Make hidden messages visible again, as after their visibility timeout."""
        for message in _messages():
            message.visible_at = 0

    def set_sent_at(self, message_id: str, sent_at: datetime) -> None:
        """Change when a message was sent."""
        for message in _messages():
            if message.id == message_id:
                message.sent_timestamp = int(sent_at.timestamp() * 1000)

    def store_order(self, **changes: Any) -> dict[str, Any]:
        """Store an order; a field set to None is left out."""
        ids = {"orderId": an_event().order_id, "requestId": "req-1"}
        fields = {**STORED, **ids, "expiresAt": 4102444800, **changes}
        order = {name: value for name, value in fields.items() if value is not None}
        self.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=as_image(order))
        return order

    def invoke(self, function: str, event: Any) -> Any:
        """Invoke a function, and write its log lines to its log group."""
        response = self.account.invoke(function, event)
        self.log_last_invocation(function)
        return response

    def log_last_invocation(self, function: str) -> None:
        """Write what the last invocation printed to a function's log group."""
        self.log(function, *(json.dumps(line) for line in self.account.console.logs))

    def log(self, function: str, *lines: str, age_seconds: int = 0) -> None:
        """Write lines to a function's log."""
        now = int((time.time() - age_seconds) * 1000)
        self._logs.put_log_events(
            logGroupName=f"/aws/lambda/{function}",
            logStreamName="all",
            logEvents=[{"timestamp": now, "message": line} for line in lines],
        )

    def deliver(self, order_id: str, *functions: str) -> OrderCreated:
        """Let the relay publish an order and some consumers process its event; return the event."""
        key = {"orderId": {"S": order_id}}
        image = self.account.dynamodb.get_item(TableName=ORDERS_TABLE, Key=key)["Item"]
        record = {"eventID": "1", "eventName": "INSERT", "dynamodb": {"NewImage": image}}
        self.invoke("relay", {"Records": [record]})
        event = an_event(**self.account.order(order_id))
        for function in functions:
            self.invoke(function, queue_batch(event))
        return event

    def stream_records(self, *order_ids: str) -> list[dict[str, Any]]:
        """Return the stream records of some orders."""
        page = self._streams.get_records(ShardIterator=self._iterator)
        self._iterator = page["NextShardIterator"]
        self._records += page["Records"]
        return [
            one for one in self._records if one["dynamodb"]["Keys"]["orderId"]["S"] in order_ids
        ]

    def add_relay_dead_letter(self, *order_ids: str, **changes: Any) -> str:
        """Add the dead letter that Lambda writes about a batch of these orders; return its ID.

        https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
        """
        numbers = [
            one["dynamodb"]["SequenceNumber"] for one in self.stream_records(*order_ids)
        ] or ["1"]
        batch = {
            "shardId": self._shard,
            "startSequenceNumber": min(numbers, key=int),
            "endSequenceNumber": max(numbers, key=int),
            "approximateArrivalOfFirstRecord": "2026-01-15T10:30:00Z",
            "approximateArrivalOfLastRecord": "2026-01-15T10:30:01Z",
            "batchSize": len(numbers),
            "streamArn": self.outputs["ordersStreamArn"],
            **changes,
        }
        context = {"condition": "RetryAttemptsExhausted", "approximateInvokeCount": 3}
        record = {"requestContext": context, "version": "1.0", "DDBStreamBatchInfo": batch}
        return self.add_dead_letter("relay", json.dumps(record))

    def timeline(
        self, order_id: str, *, logs_for: timedelta = _EVER, stack: Stack | None = None
    ) -> Timeline:
        """Return an order's timeline."""
        order_sources = sources.gather(stack or self.stack, order_id, logs_for=logs_for)
        timeline = build_timeline(order_sources)
        assert timeline is not None
        return timeline

    def steps(self, order_id: str, **more: Any) -> dict[str, Step]:
        """Return the steps of an order's timeline by their names."""
        return {step.step: step for step in self.timeline(order_id, **more).steps}

    def published(self) -> list[str]:
        """Return the orders whose events the workflows have received since the last call."""
        self.work_messages("email")
        return sorted(json.loads(body)["orderId"] for body in self.work_messages("audit"))

    @contextlib.contextmanager
    def event_source_mappings(self) -> Iterator[None]:
        """The relay and the workflows have mappings, which call functions only with Docker."""
        iam, functions = (self.account.session.client(name) for name in ("iam", "lambda"))
        role = iam.create_role(RoleName="functions", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        sources = {name: self._queue_arn(name) for name in ("email", "audit")}
        code = {"Runtime": "python3.13", "Handler": "handler", "Code": {"ZipFile": b"no archive"}}
        uuids = []
        for name, source in {**sources, "relay": self._stream_arn}.items():
            functions.create_function(FunctionName=name, Role=role, **code)
            mapping = functions.create_event_source_mapping(
                FunctionName=name, EventSourceArn=source
            )
            uuids.append(mapping["UUID"])
        self.connection.calls.clear()
        yield
        for uuid in uuids:
            functions.delete_event_source_mapping(UUID=uuid)
        # The mock's queues and tables keep deleted mappings, and would call the functions.
        tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
        for source in (*_queues(), *tables.values()):
            source.lambda_event_source_mappings.clear()
        for name in (*sources, "relay"):
            functions.delete_function(FunctionName=name)
        iam.delete_role(RoleName="functions")

    @property
    def operations(self) -> list[str]:
        """The AWS operations that orderctl has called."""
        return [call.operation for call in self.connection.calls]

    def _create(self) -> None:
        session, sqs = self.account.session, self.account.sqs
        names = (*(f"{name}-dead-letters" for name in _DEAD_LETTERS), *_QUEUES)
        self._urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
        attributes = [
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("auditId", "timestamp", "orderId")
        ]
        self.account.dynamodb.update_table(
            TableName=AUDIT_TABLE,
            AttributeDefinitions=attributes,
            GlobalSecondaryIndexUpdates=[{"Create": _INDEX}],
        )
        self._streams = session.client("dynamodbstreams")
        table = self.account.dynamodb.update_table(
            TableName=ORDERS_TABLE, StreamSpecification=_STREAM
        )
        self._stream_arn = table["TableDescription"]["LatestStreamArn"]
        (shard,) = self._streams.describe_stream(StreamArn=self._stream_arn)["StreamDescription"][
            "Shards"
        ]
        self._shard = shard["ShardId"]
        self._iterator = self._streams.get_shard_iterator(
            StreamArn=self._stream_arn, ShardId=self._shard, ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        self._records: list[Any] = []
        self._logs = session.client("logs")
        for function in ("orders", "intake", "relay", "email", "audit", "processor", "loyalty"):
            self._logs.create_log_group(logGroupName=f"/aws/lambda/{function}")
            self._logs.create_log_stream(
                logGroupName=f"/aws/lambda/{function}", logStreamName="all"
            )

    def _queue_arn(self, name: str) -> str:
        names: Any = ["QueueArn"]
        url = self._urls[name]
        response = self.account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
        return str(response["Attributes"]["QueueArn"])

    def _outputs(self) -> dict[str, Any]:
        return {
            "accountId": DEFAULT_ACCOUNT_ID,
            "region": REGION,
            "ordersTableName": ORDERS_TABLE,
            "ordersStreamArn": self._stream_arn,
            "auditTableName": AUDIT_TABLE,
            "sentEmailsTableName": SENT_EMAILS_TABLE,
            "queueUrls": {name: self._urls[name] for name in _QUEUES},
            "deadLetterQueueUrls": {
                name: self._urls[f"{name}-dead-letters"] for name in _DEAD_LETTERS
            },
            "functionNames": {"relay": "relay", "email": "email", "audit": "audit"},
        }

    def _send(self, name: str, body: str | OrderCreated, attributes: dict[str, str]) -> str:
        text = body if isinstance(body, str) else body.to_json()
        values = {
            key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()
        }
        response = self.account.sqs.send_message(
            QueueUrl=self._urls[name], MessageBody=text, MessageAttributes=values
        )
        return str(response["MessageId"])


def _messages() -> Iterator[Any]:
    """Every message of every queue, as the mock keeps it: its clock cannot be set."""
    for queue in _queues():
        yield from queue._messages  # noqa: SLF001 (there is no other way to it)


def _queues() -> Iterable[Any]:
    return sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values()
