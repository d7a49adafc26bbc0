"""Looking through a dead-letter queue: each message once, and everything visible again at the end."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common import exact_json
from tooling.signals import deferred

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import TracebackType

    from tooling.clients import Client

    Progress = Callable[[int], None]
    # Letters that something was tried with, and why which of them stayed.
    Done = tuple[Sequence["Letter"], Mapping[str, str]]

# The most that SQS takes or gives at once.
AT_ONCE = 10

# For how long others do not see what this one looks at. Of a run that was killed it is how long they wait for it; a
# queue that takes longer to look through shows its first messages again, which are known by then.
VISIBILITY_SECONDS = 300

# After so many receives in a row without anything new a queue is left, although it is not empty: messages come round
# again, and there may be others behind them.
_FRUITLESS_RECEIVES = 10

_VISIBLE = "ApproximateNumberOfMessages"
_HIDDEN = ("ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message in a dead-letter queue; `sent_at` is when it was first queued, from which its 14 days count."""

    message_id: str
    body: str
    attributes: Mapping[str, Mapping[str, Any]]
    sent_at: datetime
    handle: str

    @classmethod
    def of(cls, message: Mapping[str, Any]) -> Self:
        """Return a message as SQS gives it."""
        return cls(
            message_id=message["MessageId"],
            body=message["Body"],
            attributes=message.get("MessageAttributes", {}),
            sent_at=datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC),
            handle=message["ReceiptHandle"],
        )

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """The JSON object that the body holds; empty where it holds none."""
        try:
            found = exact_json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def order_id(self) -> str | None:
        """The order that the message says it is about."""
        found = self.content.get("orderId")
        return found if isinstance(found, str) else None


class Walk:
    """One way through a queue, as a context manager; what was seen and not deleted is visible again at its end.

    `complete` says that it did not have to be left before all was seen, `unseen` how many messages it did not see:
    another run holds them, or they are delayed. SQS gives approximate numbers, which lag behind by a minute at most.
    Looking at a message means receiving it, which uses up nothing in a dead-letter queue, but does in a work queue.
    """

    def __init__(
        self, sqs: Client, url: str, *, wait_seconds: int = 0, progress: Progress = lambda _: None
    ) -> None:
        self._sqs = sqs
        self._url = url
        self._wait_seconds = wait_seconds
        self._progress = progress
        self._held: dict[str, str] = {}
        self.waiting = 0
        self.hidden = 0
        self.seen = 0
        self.complete = True

    @property
    def unseen(self) -> int:
        """How many messages were in the queue when the walk began, and were not seen."""
        return self.hidden + max(0, self.waiting - self.seen)

    def __enter__(self) -> Self:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=[_VISIBLE, *_HIDDEN]
        )
        counts = answer["Attributes"]
        self.waiting, self.hidden = (
            int(counts[_VISIBLE]),
            sum(int(counts.get(name, 0)) for name in _HIDDEN),
        )
        # By AWS's own clock, which tells whole seconds.
        date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
        self._began = parsedate_to_datetime(date) + timedelta(seconds=1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            with deferred():  # else most of them would stay hidden
                self._release()
        except (BotoCoreError, ClientError):
            if (
                kind is None
            ):  # otherwise what ended the walk is what counts; the messages come back by themselves
                raise

    def batches(self) -> Iterator[list[Letter]]:
        """Give every message that was in the queue when the walk began, each once, ten at most at a time.

        What arrives meanwhile is left alone: else messages that fail again at once would go round for ever.
        """
        known: set[str] = set()
        fruitless = 0
        while fruitless < _FRUITLESS_RECEIVES and (received := self._receive()):
            fresh = [
                one for one in received if one.message_id not in known and one.sent_at < self._began
            ]
            known.update(letter.message_id for letter in fresh)
            fruitless = 0 if fresh else fruitless + 1
            if fresh:
                self.seen += len(fresh)
                self._progress(len(fresh))
                yield fresh
        self.complete = fruitless < _FRUITLESS_RECEIVES

    def delete(self, letters: Sequence[Letter]) -> dict[str, str]:
        """Delete ten messages at most for good, and return why which of them could not be."""
        if not letters:
            return {}
        entries = [
            {"Id": str(number), "ReceiptHandle": letter.handle}
            for number, letter in enumerate(letters)
        ]
        failed = refusals(
            self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries), letters
        )
        for letter in letters:
            if letter.message_id not in failed:
                del self._held[letter.message_id]
        return failed

    def _receive(self) -> list[Letter]:
        # An interruption in here would leave messages hidden whose handles nobody knows.
        with deferred():
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=AT_ONCE,
                VisibilityTimeout=VISIBILITY_SECONDS,
                WaitTimeSeconds=self._wait_seconds,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["SentTimestamp"],
            )
            letters = [Letter.of(message) for message in answer.get("Messages", [])]
            self._held |= {letter.message_id: letter.handle for letter in letters}
        return letters

    def _release(self) -> None:
        handles = iter(self._held.values())
        while some := list(itertools.islice(handles, AT_ONCE)):
            entries = [
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for number, handle in enumerate(some)
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)


def refusals(answer: Mapping[str, Any], letters: Sequence[Letter]) -> dict[str, str]:
    """Return what a batch call, whose entries are numbered, answered about the messages that it refused."""
    return {
        letters[int(failure["Id"])].message_id: failure.get("Message") or failure["Code"]
        for failure in answer.get("Failed", [])
    }
