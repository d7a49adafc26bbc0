"""Publishes orders again by invoking the deployed relay, and reads the dead letters of the relay.

A dead letter of the relay names a shard and the first and last sequence number of a stream batch,
and no order; the stream keeps the records for a day.
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from botocore.exceptions import ClientError, ParamValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from handlers.common.aws import batches
from handlers.common.contract import ALIAS, LONGEST_WAIT, iso_8601
from handlers.events.stream import is_new_order
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from orderctl.stack import Stack
    from tooling.clients import Client

    Image = Mapping[str, Any]

# The name of the relay among the queues: it has dead letters, but no queue.
RELAY = "relay"

# Well below the 6 MB that an invocation takes.
_MAX_BATCH_BYTES = 4_000_000

# The relay may process the stream until its timeout of a minute, and the next batch after that.
_PAUSES_SECONDS = (1, 2, 4, 8, 15, 30, 60)

# The message names every event; a few are enough.
_MAX_REASON = 200

_SequenceNumber = Annotated[str, Field(pattern=r"^[0-9]+$", max_length=40)]
_Name = Annotated[str, Field(max_length=256)]

# Not before DynamoDB existed, nor so late that a timestamp after it overflows.
_Arrival = Annotated[
    AwareDatetime, Field(ge=datetime(2012, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC))
]

# A batch of a hundred records fits into one page of the stream; empty pages may precede it.
_MAX_STREAM_PAGES = 100

# An order may have been created that long before its stream record. A request takes less than a
# minute. A queued order may have waited, and have been redriven once.
_AGE_DIRECT = timedelta(minutes=5)
_AGE_QUEUED = LONGEST_WAIT + timedelta(hours=1)

_NO_BATCH = "it names no batch of the orders table's stream"


class RelayError(UserError):
    """The relay raised an error.

    `others_published` is True where it published everything except for records that are no orders.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"the relay raised {kind}: {message[:_MAX_REASON]}")
        self.others_published = kind == "NotAnOrderError"

    @classmethod
    def of(cls, payload: bytes) -> Self:
        """Parse Lambda's response for a function that raised, timed out or ran out of memory."""
        try:
            response = json.loads(payload)
        except ValueError:
            response = None
        error = response if isinstance(response, dict) else {}
        return cls(
            str(error.get("errorType", "an error")), str(error.get("errorMessage", "no message"))
        )


@dataclass(frozen=True, kw_only=True)
class Relay:
    """The relay function; `invoke` is Lambda's Invoke."""

    function: str
    invoke: Callable[..., Any]
    pause: Callable[[float], None] = time.sleep
    batch_records: int = 100

    @classmethod
    def of(cls, stack: Stack) -> Self:
        """Return a stack's relay."""
        return cls(
            function=stack.outputs.function_names.relay,
            invoke=stack.client("lambda").invoke,
            batch_records=stack.relay_batch_records,
        )

    def batches(self, images: Iterable[Image]) -> Iterator[list[str]]:
        """Split stored orders, in DynamoDB's notation, into batches of stream records."""
        return batches(
            map(stream_record, images),
            max_entries=self.batch_records,
            max_bytes=_MAX_BATCH_BYTES,
            size=lambda record: len(record.encode()),
        )

    def publish(self, batch: Iterable[str]) -> None:
        """Invoke the relay with a batch of stream records.

        Raises:
            RelayError: the relay raised.
            ClientError: Lambda refused, or throttled for two minutes.
        """
        payload = f'{{"Records":[{",".join(batch)}]}}'.encode()
        response = self._invoke(FunctionName=self.function, Qualifier=ALIAS, Payload=payload)
        if "FunctionError" in response:
            raise RelayError.of(response["Payload"].read())

    def _invoke(self, **request: Any) -> Any:
        for pause in _PAUSES_SECONDS:
            try:
                return self.invoke(**request)
            except ClientError as error:
                if error.response["Error"]["Code"] != "TooManyRequestsException":
                    raise
            self.pause(pause)
        return self.invoke(**request)


def stream_record(image: Image) -> str:
    """Return the stream record that reports a stored order as new."""
    return json.dumps(
        {"eventID": "replay", "eventName": "INSERT", "dynamodb": {"NewImage": image}},
        # Streams write binary values as base64; orders have none, but a table may.
        default=lambda value: base64.b64encode(value).decode(),
        ensure_ascii=False,
    )


class StreamBatch(BaseModel):
    """The batch of stream records that a dead letter of the relay names."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel, frozen=True, extra="ignore"
    )

    shard_id: _Name
    start_sequence_number: _SequenceNumber
    end_sequence_number: _SequenceNumber
    approximate_arrival_of_first_record: _Arrival
    # Strict, because converting 1e9999999 to an integer would take Python half a minute.
    batch_size: Annotated[int, Field(strict=True, ge=0)]
    stream_arn: _Name

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> StreamBatch | None:
        """Return the batch that a dead letter's content names; None where it names none."""
        try:
            return cls.model_validate(content.get("DDBStreamBatchInfo"))
        except ValidationError:
            return None


def read_images(stack: Stack, content: Mapping[str, Any]) -> list[Image]:
    """Return the new orders, in DynamoDB's notation, of the batch that a dead letter names.

    Raises:
        UserError: it names no batch of this stack, or the stream no longer has it.
    """
    batch = StreamBatch.of(content)
    if batch is None or batch.stream_arn != stack.outputs.orders_stream_arn:
        raise UserError(_NO_BATCH)
    streams = stack.client("dynamodbstreams")
    gone = (
        streams.exceptions.TrimmedDataAccessException,
        streams.exceptions.ResourceNotFoundException,
    )
    try:
        return _read(streams, batch)
    except gone as error:
        raise UserError(_replay_advice(batch, is_queued=stack.outputs.is_queued)) from error
    except ParamValidationError as error:
        raise UserError(_NO_BATCH) from error
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        raise UserError(_NO_BATCH) from error


def _replay_advice(batch: StreamBatch, *, is_queued: bool) -> str:
    age = _AGE_QUEUED if is_queued else _AGE_DIRECT
    since = iso_8601(batch.approximate_arrival_of_first_record - age)
    earlier = " (or earlier, if orders had been redriven twice)" if is_queued else ""
    return (
        f"the stream no longer has its {batch.batch_size} records; publish them with "
        f"'orderctl replay --since {since}'{earlier}, then discard this message"
    )


def _read(streams: Client, batch: StreamBatch) -> list[Image]:
    iterator = streams.get_shard_iterator(
        StreamArn=batch.stream_arn,
        ShardId=batch.shard_id,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch.start_sequence_number,
    ).get("ShardIterator")
    images: list[Image] = []
    last = int(batch.end_sequence_number)
    for _ in range(_MAX_STREAM_PAGES):
        if not iterator:
            break
        page = streams.get_records(ShardIterator=iterator)
        for record in page["Records"]:
            if is_new_order(record):
                images.append(record["dynamodb"]["NewImage"])
            if int(record["dynamodb"]["SequenceNumber"]) >= last:
                return images
        iterator = page.get("NextShardIterator")
    raise UserError("the stream could not be read to the batch's end; try again")
