"""Publishing order events to SNS in batches, with retries for refused entries."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Self

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from handlers.common import aws
from handlers.events.order_created import OrderCreated
from handlers.validation import text

# The limit of Publish, and of PublishBatch in total.
# https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
MAX_BYTES: Final = 256 * 1024
BATCH_SIZE: Final = 10

_PAUSES_SECONDS: Final = (0.1, 0.4)

# Errors of a whole batch that one of its messages may cause.
# https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html#API_PublishBatch_Errors
_CAUSED_BY_A_MESSAGE: Final = frozenset(
    {
        "BatchRequestTooLong",
        "InvalidBatchEntryId",
        "InvalidParameter",
        "InvalidParameterValue",
        "ParameterValueInvalid",
        "ValidationError",
        "ValidationException",
    }
)


@dataclass(frozen=True)
class TopicMessage:
    """A message to the topic: an event, and the order's priority for filter policies."""

    event: OrderCreated
    priority: str | None

    @classmethod
    def of_stored_order(cls, order: Mapping[str, Any]) -> Self:
        """Return the message for a record of the orders table.

        Raises:
            ValueError: the record is not an order (pydantic_core.ValidationError), or the event is
                too large for SNS.
        """
        message = cls(OrderCreated.of_stored_order(order), _priority(order.get("priority")))
        if message.size > MAX_BYTES:
            raise ValueError(f"The event has {message.size} bytes; SNS accepts at most {MAX_BYTES}")
        return message

    @cached_property
    def size(self) -> int:
        """The size in bytes, as SNS counts it: body, and attributes with names and types."""
        attributes = self.entry["MessageAttributes"].items()
        texts = [
            self.entry["Message"],
            *(part for name, value in attributes for part in (name, *value.values())),
        ]
        return sum(len(part.encode()) for part in texts)

    @cached_property
    def entry(self) -> dict[str, Any]:
        """The entry of a PublishBatch request."""
        attributes = {"eventType": self.event.event_type, "priority": self.priority}
        return {
            "Id": self.event.event_id,
            "Message": self.event.to_json(),
            "MessageAttributes": aws.message_attributes(attributes),
        }


class NotPublishedError(Exception):
    """Events that the topic refused until the last retry; the cause is SNS's error, if any."""

    def __init__(self, refused: Sequence[TopicMessage]) -> None:
        self.event_ids = tuple(message.event.event_id for message in refused)
        super().__init__(
            f"{len(self.event_ids)} events were not published: {', '.join(self.event_ids)}"
        )


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Publishes to one topic; `publish_batch` is SNS's PublishBatch."""

    topic_arn: str
    publish_batch: Callable[..., Any]
    pause: Callable[[float], None] = field(default=time.sleep)

    def publish(self, messages: Sequence[TopicMessage]) -> None:
        """Publish all messages; a refused message or batch does not stop the others.

        Raises:
            NotPublishedError: some were refused until the last retry.
        """
        refused: list[TopicMessage] = []
        causes: list[Exception] = []
        for batch in aws.batches(
            messages,
            max_entries=BATCH_SIZE,
            max_bytes=MAX_BYTES,
            size=lambda message: message.size,
        ):
            refused += self._publish_batch(batch, causes)
        if refused:
            raise NotPublishedError(refused) from next(iter(causes), None)

    def _publish_batch(
        self, batch: Sequence[TopicMessage], causes: list[Exception]
    ) -> list[TopicMessage]:
        """Publish a batch and return the refused messages.

        If one message may cause an error of the batch, each is published by itself.
        """
        try:
            return self._publish_with_retries(batch)
        except (BotoCoreError, ClientError) as error:
            if len(batch) > 1 and _is_caused_by_a_message(error):
                return [
                    refused
                    for message in batch
                    for refused in self._publish_batch([message], causes)
                ]
            causes.append(error)
            return list(batch)

    def _publish_with_retries(self, batch: Sequence[TopicMessage]) -> list[TopicMessage]:
        """Return the messages that were refused until the last retry."""
        waiting = {message.event.event_id: message for message in batch}
        for pause in (*_PAUSES_SECONDS, None):
            response = self.publish_batch(
                TopicArn=self.topic_arn,
                PublishBatchRequestEntries=[message.entry for message in waiting.values()],
            )
            # guard: relay-reads-refused-entries
            waiting = {entry["Id"]: waiting[entry["Id"]] for entry in response.get("Failed", [])}
            if not waiting:
                break
            if pause is not None:
                self.pause(pause)
        return list(waiting.values())


def _is_caused_by_a_message(error: BotoCoreError | ClientError) -> bool:
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] in _CAUSED_BY_A_MESSAGE
    return isinstance(error, ParamValidationError)


def _priority(value: Any) -> str | None:
    """Return an order's priority, if it can be a message attribute."""
    if value is None or (
        isinstance(value, str)
        and len(value) <= text.MAX_SHORT_TEXT
        and not text.CONTROL_CHARACTERS.search(value)
    ):
        return value
    raise ValueError(
        f"The priority must be a string of at most {text.MAX_SHORT_TEXT} characters "
        "without control characters"
    )
