"""Dead letters of the relay: what Lambda writes when it gives up on a batch of the stream, and how to make it good.

Such a message names a shard and the first and last sequence number, and no order; the stream has the records for a day.
https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from botocore.exceptions import ClientError, ParamValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from handlers.common.contract import iso_8601
from handlers.events.stream import is_new_order
from orderctl import relay
from orderctl.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from orderctl.letters import Done, Letter, Walk
    from orderctl.stack import Stack
    from tooling.clients import Client

_SequenceNumber = Annotated[str, Field(pattern=r"^[0-9]+$", max_length=40)]
_Name = Annotated[str, Field(max_length=256)]

# Neither before there was DynamoDB, nor so late that there is no time after it.
_Arrival = Annotated[
    AwareDatetime, Field(ge=datetime(2012, 1, 1, tzinfo=UTC), lt=datetime(9999, 1, 1, tzinfo=UTC))
]

# A batch has a hundred records, which are a megabyte, which is one page; the stream may put empty ones before it.
_PAGES = 100

# How much earlier an order may have been created than its record came: a request takes less than a minute, and where
# orders are queued, one may have been 14 days in its queues. They count from when it was first queued, in the
# dead-letter queue as well; only a redrive counts them anew.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
_BEFORE = {False: timedelta(minutes=5), True: timedelta(days=14, hours=1)}

_NO_BATCH = "it names no batch of the Orders table's stream"


class StreamBatch(BaseModel):
    """The batch that a dead letter names."""

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
    def named_by(cls, letter: Letter) -> StreamBatch | None:
        """Return the batch that a letter names; None where it names none."""
        try:
            return cls.model_validate(letter.content.get("DDBStreamBatchInfo"))
        except ValidationError:
            return None


def publishing(
    stack: Stack, *, dry_run: bool
) -> Callable[[Walk, Sequence[Letter]], Iterator[Done]]:
    """Return what publishes the records that letters name, and then deletes the letters; a dry run only reads them."""
    there = relay.Relay.of(stack)

    def publish(way: Walk, letters: Sequence[Letter]) -> Iterator[Done]:
        for letter in letters:
            try:
                found = images(stack, letter)
                for batch in relay.batches(map(relay.record, () if dry_run else found)):
                    there.publish(batch)
            except OperatorError as error:
                yield [letter], {letter.message_id: str(error)}
            else:
                yield [letter], way.delete([] if dry_run else [letter])

    return publish


def images(stack: Stack, letter: Letter) -> list[Mapping[str, Any]]:
    """Return the new orders, in DynamoDB's own notation, of the batch that a letter names.

    Raises:
        OperatorError: it names none of this stack's, or the stream has forgotten it.
    """
    batch = StreamBatch.named_by(letter)
    if batch is None or batch.stream_arn != stack.outputs.orders_stream_arn:
        raise OperatorError(_NO_BATCH)
    streams = stack.client("dynamodbstreams")
    gone = (
        streams.exceptions.TrimmedDataAccessException,
        streams.exceptions.ResourceNotFoundException,
    )
    try:
        return _read(streams, batch)
    except gone as error:
        raise OperatorError(_how_to_publish(batch, is_queued=stack.outputs.is_queued)) from error
    except ParamValidationError as error:
        raise OperatorError(_NO_BATCH) from error
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        raise OperatorError(_NO_BATCH) from error


def _how_to_publish(batch: StreamBatch, *, is_queued: bool) -> str:
    since = iso_8601(batch.approximate_arrival_of_first_record - _BEFORE[is_queued])
    perhaps = " (or earlier, if orders had been redriven before that)" if is_queued else ""
    return (
        f"the stream no longer has its {batch.batch_size} records; publish them with 'orderctl replay --since "
        f"{since}'{perhaps}, then discard this message"
    )


def _read(streams: Client, batch: StreamBatch) -> list[Mapping[str, Any]]:
    iterator = streams.get_shard_iterator(
        StreamArn=batch.stream_arn,
        ShardId=batch.shard_id,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=batch.start_sequence_number,
    ).get("ShardIterator")
    found: list[Mapping[str, Any]] = []
    last = int(batch.end_sequence_number)
    for _ in range(_PAGES):
        if not iterator:
            break
        page = streams.get_records(ShardIterator=iterator)
        for entry in page["Records"]:
            if is_new_order(entry):
                found.append(entry["dynamodb"]["NewImage"])
            if int(entry["dynamodb"]["SequenceNumber"]) >= last:
                return found
        iterator = page.get("NextShardIterator")
    raise OperatorError("the stream could not be read to the batch's end; try again")
