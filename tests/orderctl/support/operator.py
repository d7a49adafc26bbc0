"""An operator's desk: the mocked account with dead-letter queues, logs and a stream, and the tool's way to it."""

from __future__ import annotations

import contextlib
import io
import json
import signal
import time
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore import handlers
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from handlers.common.contract import ORDER_INDEX
from orderctl import stack as connections
from orderctl.outputs import Outputs
from tests.support.deliveries import STORED, an_event, queue_batch
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, REGION, SENT_EMAILS_TABLE
from tests.support.mock_account import as_image
from tests.support.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from handlers.events.order_created import OrderCreated
    from orderctl.stack import Stack
    from tests.support.mock_account import MockAccount

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


class Line(Wire):
    """The line between the tool and AWS; behind Lambda's end of it is the real relay, and it can be cut anywhere."""

    def __init__(self, relay: Callable[[Any], Any]) -> None:
        super().__init__()
        self._relay = relay
        self._cut_at = -1
        self._before = True
        self._stays_cut = False

    @property
    def hooks(self) -> list[tuple[Any, ...]]:
        """As the wire's, and one that comes after AWS has done what it was asked."""
        return [*super().hooks, ("after-call", self._after)]

    @contextlib.contextmanager
    def cut(self, call: int, *, before: bool, dead: bool) -> Iterator[None]:
        """Interrupt the tool by Ctrl-C at its n-th call from now on, before or after AWS carries it out.

        `dead` says that the tool is killed instead: none of its later calls gets through either.
        """
        self._cut_at, self._before, self._stays_cut = len(self.calls) + call, before, dead
        try:
            yield
        finally:
            self._cut_at = -1

    def refusing_entries(
        self, operation: str, *numbers: int
    ) -> contextlib.AbstractContextManager[None]:
        """Let SQS answer a batch call by refusing some of its entries; it carries out none of them."""
        failed = [
            {"Id": str(number), "Code": "InternalError", "SenderFault": False} for number in numbers
        ]
        answer = {"Failed": failed, "Successful": []}
        return self._fault(
            operation,
            lambda: (AWSResponse("https://sqs.invalid", 200, HTTPHeaders(), None), answer),
        )

    def _fail(self, model: Any, **more: Any) -> Any:
        number = len(self.calls) - 1
        if self._cut_at >= 0 and (
            (number == self._cut_at and self._before) or (number > self._cut_at and self._stays_cut)
        ):
            self._interrupt()
        answer = super()._fail(model, **more)
        return (
            self._invoke(more["params"]["body"])
            if answer is None and model.name == "Invoke"
            else answer
        )

    def _after(self, **_: Any) -> None:
        if len(self.calls) - 1 == self._cut_at and not self._before:
            self._interrupt()

    def _interrupt(self) -> None:
        if self._stays_cut:
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)  # which may be held back

    def _invoke(self, payload: bytes) -> tuple[AWSResponse, dict[str, Any]]:
        answer: dict[str, Any] = {"StatusCode": 200, "Payload": io.BytesIO(b"null")}
        try:
            self._relay(json.loads(payload))
        except Exception as error:  # noqa: BLE001 (Lambda answers with whatever the function raised)
            said = json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})
            answer |= {"FunctionError": "Unhandled", "Payload": io.BytesIO(said.encode())}
        return AWSResponse("https://lambda.invalid", 200, HTTPHeaders(), None), answer


class Desk:
    """What an operator has in front of them, and what tests do behind it."""

    _iterator: str

    def __init__(self, account: MockAccount) -> None:
        self.account = account
        self.line = Line(lambda event: account.invoke("relay", event))
        self._create()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(
                handlers, "BUILTIN_HANDLERS", [*handlers.BUILTIN_HANDLERS, *self.line.hooks]
            )
            self.outputs = self._outputs()
            self.stack: Stack = connections.connect(Outputs.model_validate(self.outputs))
        self.line.calls.clear()

    def clear(self) -> None:
        """Empty everything but logs and the stream."""
        for queue in _queues():
            queue._messages = []  # noqa: SLF001 (it can be purged once a minute only)
        self.account.clear()
        self.line.calls.clear()

    def dead_letter(self, queue: str, body: str | OrderCreated, **attributes: str) -> str:
        """Put a message into a dead-letter queue, and return its ID."""
        return self._send(f"{queue}-dead-letters", body, attributes)

    def dead_letters(self, queue: str) -> list[str]:
        """The bodies of all messages in a dead-letter queue that can be received now."""
        return self._bodies(f"{queue}-dead-letters")

    def hidden(self, queue: str) -> int:
        """How many messages of a dead-letter queue cannot be received now."""
        name: Any = "ApproximateNumberOfMessagesNotVisible"
        url = self._urls[f"{queue}-dead-letters"]
        answer = self.account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name])

    def work(self, queue: str) -> list[str]:
        """The bodies of all messages in a work queue that can be received now."""
        return self._bodies(queue)

    def messages(self, name: str) -> list[dict[str, Any]]:
        """Take all messages that can be received out of a queue, with their attributes."""
        sqs, found = self.account.sqs, []
        while some := sqs.receive_message(
            QueueUrl=self._urls[name], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages"):
            found += some
            handles = [
                {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]}
                for n, message in enumerate(some)
            ]
            sqs.delete_message_batch(QueueUrl=self._urls[name], Entries=handles)
        return found

    def let_visibility_time_out(self) -> None:
        """Let the time pass after which hidden messages are visible again."""
        for message in _messages():
            message.visible_at = 0

    def date(self, message_id: str, sent_at: datetime) -> None:
        """Let a message have been sent at another time."""
        for message in _messages():
            if message.id == message_id:
                message.sent_timestamp = int(sent_at.timestamp() * 1000)

    def order(self, **changes: Any) -> dict[str, Any]:
        """Store an order; a field set to None is left out."""
        order = {
            **STORED,
            "orderId": an_event().order_id,
            "expiresAt": 4102444800,
            "requestId": "req-1",
            **changes,
        }
        order = {name: value for name, value in order.items() if value is not None}
        self.account.dynamodb.put_item(TableName=ORDERS_TABLE, Item=as_image(order))
        return order

    def run(self, function: str, event: Any) -> Any:
        """Invoke a function, whose lines go to its log as well."""
        answer = self.account.invoke(function, event)
        self.log(function, *(json.dumps(line) for line in self.account.console.logs))
        return answer

    def log(self, function: str, *lines: str, age_seconds: int = 0) -> None:
        """Write lines to a function's log."""
        now = int((time.time() - age_seconds) * 1000)
        self._logs.put_log_events(
            logGroupName=f"/aws/lambda/{function}",
            logStreamName="all",
            logEvents=[{"timestamp": now, "message": line} for line in lines],
        )

    def deliver(self, order_id: str, *functions: str) -> OrderCreated:
        """Let the relay publish an order, and some consumers take its event."""
        key = {"orderId": {"S": order_id}}
        image = self.account.dynamodb.get_item(TableName=ORDERS_TABLE, Key=key)["Item"]
        record = {"eventID": "1", "eventName": "INSERT", "dynamodb": {"NewImage": image}}
        self.run("relay", {"Records": [record]})
        event = an_event(**self.account.order(order_id))
        for function in functions:
            self.run(function, queue_batch(event))
        return event

    def stream_records(self, *order_ids: str) -> list[dict[str, Any]]:
        """The stream's records of orders."""
        page = self._streams.get_records(ShardIterator=self._iterator)
        self._iterator = page["NextShardIterator"]
        self._records += page["Records"]
        return [
            one for one in self._records if one["dynamodb"]["Keys"]["orderId"]["S"] in order_ids
        ]

    def relay_letter(self, *order_ids: str, **changes: Any) -> str:
        """Put into the relay's dead-letter queue what Lambda writes about a batch of these orders; return its ID.

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
        letter = {"requestContext": context, "version": "1.0", "DDBStreamBatchInfo": batch}
        return self.dead_letter("relay", json.dumps(letter))

    @property
    def operations(self) -> list[str]:
        """The AWS operations that the tool has called."""
        return [call.operation for call in self.line.calls]

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
        for function in ("relay", "email", "audit", "processor", "loyalty"):
            self._logs.create_log_group(logGroupName=f"/aws/lambda/{function}")
            self._logs.create_log_stream(
                logGroupName=f"/aws/lambda/{function}", logStreamName="all"
            )

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
        sent = self.account.sqs.send_message(
            QueueUrl=self._urls[name], MessageBody=text, MessageAttributes=values
        )
        return str(sent["MessageId"])

    def _bodies(self, name: str) -> list[str]:
        return [message["Body"] for message in self.messages(name)]


def _messages() -> Iterator[Any]:
    """Every message of every queue, as the mock keeps it: its clock cannot be set."""
    for queue in _queues():
        yield from queue._messages  # noqa: SLF001 (there is no other way to it)


def _queues() -> Iterable[Any]:
    return sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values()
