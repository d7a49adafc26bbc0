"""Publishing order events to SNS in batches, with a few retries of its own."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Self

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from handlers.common import aws
from handlers.common.batches import batches
from handlers.events.order_created import OrderCreated
from handlers.validation import text

# The limit of Publish, and of PublishBatch in total.
# https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
MAX_BYTES: Final = 256 * 1024
BATCH_SIZE: Final = 10

_PAUSES_SECONDS: Final = (0.1, 0.4)

# Errors that a single message of a batch may cause for all of it.
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
class Publication:
    """An event on its way to the topic; `priority` is what the client gave, for filter policies."""

    event: OrderCreated
    priority: str | None

    @classmethod
    def of_stored_order(cls, order: Mapping[str, Any]) -> Self:
        """Return the event to publish for an order as it is stored in the Orders table.

        Raises:
            ValueError: the record is not an order (pydantic.ValidationError), or SNS would refuse the event.
        """
        publication = cls(OrderCreated.of_stored_order(order), _priority(order.get("priority")))
        if publication.size > MAX_BYTES:
            raise ValueError(
                f"The event has {publication.size} bytes; SNS accepts at most {MAX_BYTES}"
            )
        return publication

    def to_entry(self) -> dict[str, Any]:
        """Return the entry for SNS's PublishBatch."""
        return self._entry

    @cached_property
    def size(self) -> int:
        """The entry's size in bytes, as SNS counts it: body, and the names, types and values of attributes."""
        attributes = self._entry["MessageAttributes"].items()
        texts = [
            self._entry["Message"],
            *(part for name, value in attributes for part in (name, *value.values())),
        ]
        return sum(len(part.encode()) for part in texts)

    @cached_property
    def _entry(self) -> dict[str, Any]:
        attributes = aws.message_attributes(
            {"eventType": self.event.event_type, "priority": self.priority}
        )
        return {
            "Id": self.event.event_id,
            "Message": self.event.to_json(),
            "MessageAttributes": attributes,
        }


class NotPublishedError(Exception):
    """Events that the topic did not take, however often they were sent; its cause, if any, is what SNS said."""

    def __init__(self, refused: Sequence[Publication]) -> None:
        self.event_ids = tuple(publication.event.event_id for publication in refused)
        super().__init__(
            f"{len(self.event_ids)} events were not published: {', '.join(self.event_ids)}"
        )


@dataclass(frozen=True, kw_only=True)
class Publisher:
    """Publishes to one topic; `publish_batch` is SNS's PublishBatch."""

    topic_arn: str
    publish_batch: Callable[..., Any]
    pause: Callable[[float], None] = field(default=time.sleep)

    def publish(self, publications: Sequence[Publication]) -> None:
        """Publish all; neither an event nor a batch that is refused stops the others.

        Raises:
            NotPublishedError: some were refused until the last retry.
        """
        refused: list[Publication] = []
        causes: list[Exception] = []
        for batch in batches(
            publications, most=BATCH_SIZE, most_bytes=MAX_BYTES, size=lambda one: one.size
        ):
            refused += self._refused(batch, causes)
        if refused:
            raise NotPublishedError(refused) from next(iter(causes), None)

    def _refused(self, batch: Sequence[Publication], causes: list[Exception]) -> list[Publication]:
        """Publish a batch and return the refused events; if one event may be the cause, each is published by itself."""
        try:
            return self._publish(batch)
        except (BotoCoreError, ClientError) as error:
            if len(batch) > 1 and _is_caused_by_a_message(error):
                return [
                    refused
                    for publication in batch
                    for refused in self._refused([publication], causes)
                ]
            causes.append(error)
            return list(batch)

    def _publish(self, batch: Sequence[Publication]) -> list[Publication]:
        """Return what was refused in the end."""
        waiting = {publication.event.event_id: publication for publication in batch}
        for pause in (*_PAUSES_SECONDS, None):
            entries = [publication.to_entry() for publication in waiting.values()]
            answer = self.publish_batch(TopicArn=self.topic_arn, PublishBatchRequestEntries=entries)
            # guard: relay-reads-refused-entries
            waiting = {entry["Id"]: waiting[entry["Id"]] for entry in answer.get("Failed", [])}
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
        and len(value) <= text.SHORT
        and not text.CONTROL_CHARACTERS.search(value)
    ):
        return value
    raise ValueError(
        f"The priority must be a string of at most {text.SHORT} characters without control characters"
    )
