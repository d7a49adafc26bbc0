"""Reads all messages of a dead-letter queue once; those that are not deleted become visible again.

A drain receives messages, which uses up nothing in a dead-letter queue, but does in a work queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common import exact_json
from tooling.signals import deferred

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import TracebackType

    from orderctl.cli_support import Progress
    from orderctl.stack import Stack

# The most messages of one SQS call.
MAX_BATCH = 10

# After so many receives in a row without a new message the drain ends: hidden messages have become
# visible again, and there may be unseen ones behind them.
_MAX_FRUITLESS_RECEIVES = 10

_VISIBLE = "ApproximateNumberOfMessages"
_HIDDEN = ("ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclass(frozen=True, kw_only=True)
class DeadLetter:
    """A message in a dead-letter queue; its retention counts from `sent_at`, in its first queue."""

    message_id: str
    body: str
    attributes: Mapping[str, Mapping[str, Any]]
    sent_at: datetime
    receipt_handle: str

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        """Parse a message of SQS's response."""
        return cls(
            message_id=message["MessageId"],
            body=message["Body"],
            attributes=message.get("MessageAttributes", {}),
            sent_at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
            receipt_handle=message["ReceiptHandle"],
        )

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The JSON object in the body; empty where there is none."""
        try:
            content = exact_json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return content if isinstance(content, dict) else {}

    @property
    def order_id(self) -> str | None:
        """The order that the message is about."""
        order_id = self.content.get("orderId")
        return order_id if isinstance(order_id, str) else None


class QueueDrain:
    """A context manager around one drain; at its end, what was not deleted is visible again.

    `complete` is False where the drain ended before the queue was empty. SQS's counts are
    approximate and lag behind by a minute at most.
    """

    def __init__(self, stack: Stack, queue: str, progress: Progress = lambda _: None) -> None:
        self._sqs = stack.client("sqs")
        self._url = stack.dead_letter_queue_url(queue)
        self._stack = stack
        self._progress = progress
        self._receipt_handles: dict[str, str] = {}
        self.waiting = 0
        self.hidden = 0
        self.seen = 0
        self.complete = True

    @property
    def unseen(self) -> int:
        """Messages that were in the queue at the start and were not seen: in flight or delayed."""
        return self.hidden + max(0, self.waiting - self.seen)

    def __enter__(self) -> Self:
        response = self._sqs.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=[_VISIBLE, *_HIDDEN]
        )
        counts = response["Attributes"]
        self.waiting = int(counts[_VISIBLE])
        self.hidden = sum(int(counts.get(name, 0)) for name in _HIDDEN)
        # AWS's clock, in whole seconds.
        date = response["ResponseMetadata"]["HTTPHeaders"]["date"]
        self._started_at = parsedate_to_datetime(date) + timedelta(seconds=1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with deferred():  # or the messages would stay hidden
                self._release()
        except (BotoCoreError, ClientError):
            if (
                kind is None
            ):  # otherwise the first error counts; the visibility timeout does the rest
                raise

    def batches(self) -> Iterator[list[DeadLetter]]:
        """Yield each message that was in the queue at the start once, ten at most at a time.

        Later ones are left alone: messages that fail again would go round for ever.
        """
        known_ids: set[str] = set()
        fruitless = 0
        while fruitless < _MAX_FRUITLESS_RECEIVES and (messages := self._receive()):
            new = [
                message
                for message in messages
                if message.message_id not in known_ids and message.sent_at < self._started_at
            ]
            known_ids.update(message.message_id for message in new)
            fruitless = 0 if new else fruitless + 1
            if new:
                self.seen += len(new)
                self._progress(len(new))
                yield new
        self.complete = fruitless < _MAX_FRUITLESS_RECEIVES

    def delete(self, messages: Sequence[DeadLetter]) -> dict[str, str]:
        """Delete ten messages at most, and return the reasons of failures by message ID."""
        if not messages:
            return {}
        entries = [
            {"Id": str(number), "ReceiptHandle": message.receipt_handle}
            for number, message in enumerate(messages)
        ]
        response = self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
        failures = batch_failures(response, messages)
        for message in messages:
            if message.message_id not in failures:
                del self._receipt_handles[message.message_id]
        return failures

    def _receive(self) -> list[DeadLetter]:
        # An interruption in here would leave messages hidden, and their receipt handles lost.
        with deferred():
            response = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=MAX_BATCH,
                VisibilityTimeout=self._stack.visibility_seconds,
                WaitTimeSeconds=self._stack.polling_seconds,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            messages = [DeadLetter.of(message) for message in response.get("Messages", [])]
            self._receipt_handles |= {one.message_id: one.receipt_handle for one in messages}
        return messages

    def _release(self) -> None:
        handles = list(self._receipt_handles.values())
        for start in range(0, len(handles), MAX_BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for number, handle in enumerate(handles[start : start + MAX_BATCH])
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)


def batch_failures(response: Mapping[str, Any], messages: Sequence[DeadLetter]) -> dict[str, str]:
    """Return the failures of a batch call with numbered entries: reasons by message ID."""
    return {
        messages[int(failure["Id"])].message_id: failure.get("Message") or failure["Code"]
        for failure in response.get("Failed", [])
    }
