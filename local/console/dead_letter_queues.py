"""The dead letters of each queue, with the reason of each from its function's log."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from local.console.snapshot import Snapshot
from orderctl import dead_letters
from orderctl.dead_letters import Outcome
from orderctl.logs import last_failures
from orderctl.queue_drain import QueueDrain
from orderctl.relay import RELAY, StreamBatch, read_images
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from orderctl.dead_letters import Selection
    from orderctl.logs import LogLine
    from orderctl.queue_drain import DeadLetter
    from orderctl.stack import Stack

# As many messages of a queue are read: a receive hides ten of them from others for a moment.
MAX_MESSAGES = 200

# While the count stays the same, a queue is not read again for so long.
_SECONDS_UNREAD = 15.0
_LOG_MARGIN = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class DeadLetterEntry:
    """A dead letter with its reason; a dead letter of the relay has the orders of its batch."""

    message: DeadLetter
    order_ids: Sequence[str]
    failure: LogLine | None = None
    """The line about the last failed attempt."""

    condition: str | None = None
    """Why Lambda has stopped retrying a stream batch."""

    records: int | None = None
    """How many records the stream batch has."""


@dataclass(frozen=True, kw_only=True)
class DeadLetterQueue:
    """The messages of a dead-letter queue; `hidden` ones are in flight or delayed."""

    queue: str
    waiting: int = 0
    hidden: int = 0
    entries: Sequence[DeadLetterEntry] = ()
    read_at: float = field(default_factory=time.monotonic)

    @property
    def count(self) -> int:
        """All messages, with the hidden ones."""
        return self.waiting + self.hidden

    def by_order(self) -> Mapping[str, list[DeadLetter]]:
        """Return the dead letters that were read, by the IDs of their orders."""
        messages: dict[str, list[DeadLetter]] = {}
        for entry in self.entries:
            for order_id in entry.order_ids:
                messages.setdefault(order_id, []).append(entry.message)
        return messages


class DeadLetterQueues:
    """A stack's dead-letter queues; one action or reading at a time, as both hide messages."""

    def __init__(self, stack: Callable[[], Stack]) -> None:
        self._stack = stack
        self._lock = threading.Lock()
        self._known: dict[str, DeadLetterQueue] = {}
        self._snapshot = Snapshot(self._read_all)

    def all(self) -> Sequence[DeadLetterQueue]:
        """Return every queue, with the dead letters that were sent last."""
        return self._snapshot.get()

    def find(self, _stack: Stack, queue: str, selection: Selection) -> Outcome:
        """Return the selected dead letters, of a moment ago if that was the whole queue."""
        known = next((one for one in self.all() if one.queue == queue), None)
        if known is None or known.count > len(known.entries):
            with self._lock:
                return dead_letters.find(self._stack(), queue, selection)
        messages = (entry.message for entry in known.entries)
        return Outcome(done=[message for message in messages if selection.matches(message)])

    def find_now(self, queue: str, selection: Selection) -> Outcome:
        """Return the selected dead letters of what is in the queue now."""
        with self._lock:
            return dead_letters.find(self._stack(), queue, selection)

    def redrive(self, queue: str, selection: Selection) -> Outcome:
        """Move dead letters back, or publish those of the relay; see `orderctl.dead_letters`."""
        return self._act(queue, lambda stack: dead_letters.redrive(stack, queue, selection))

    def discard(self, queue: str, selection: Selection) -> Outcome:
        """Delete dead letters for good."""
        return self._act(queue, lambda stack: dead_letters.discard(stack, queue, selection))

    def _act(self, queue: str, action: Callable[[Stack], Outcome]) -> Outcome:
        try:
            with self._lock:
                # At once: the next reading begins when the lock is free.
                self._known.pop(queue, None)
                return action(self._stack())
        finally:
            self._snapshot.expire()

    def _read_all(self) -> Sequence[DeadLetterQueue]:
        with self._lock:
            stack = self._stack()
            queues = sorted(stack.outputs.dead_letter_queue_urls)
            self._known = {queue: self._read(stack, queue) for queue in queues}
            return tuple(self._known.values())

    def _read(self, stack: Stack, queue: str) -> DeadLetterQueue:
        with QueueDrain(stack, queue) as drain:
            count, known = drain.waiting + drain.hidden, self._known.get(queue)
            if (
                known
                and known.count == count
                # A message that was hidden before may be visible now.
                and len(known.entries) >= min(drain.waiting, MAX_MESSAGES)
                and time.monotonic() < known.read_at + _SECONDS_UNREAD
            ):
                return _with_late_failures(stack, known)
            messages: list[DeadLetter] = []
            for batch in drain.batches() if drain.waiting else ():
                messages += batch
                if len(messages) >= MAX_MESSAGES:
                    break
        messages.sort(key=lambda message: message.sent_at, reverse=True)
        read = _stream_entries if queue == RELAY else _message_entries
        entries = read(stack, queue, messages) if messages else ()
        return DeadLetterQueue(
            queue=queue, waiting=drain.waiting, hidden=drain.hidden, entries=entries
        )


def _with_late_failures(stack: Stack, known: DeadLetterQueue) -> DeadLetterQueue:
    """Look again for missing failures: a log line may arrive later than its dead letter."""
    if known.queue == RELAY or all(entry.failure for entry in known.entries):
        return known
    messages = [entry.message for entry in known.entries]
    return replace(known, entries=_message_entries(stack, known.queue, messages))


def _message_entries(
    stack: Stack, queue: str, messages: Sequence[DeadLetter]
) -> Sequence[DeadLetterEntry]:
    failures: Mapping[str, LogLine] = {}
    if (function := stack.outputs.workflows.get(queue)) is not None:
        time_range = messages[-1].sent_at - _LOG_MARGIN, datetime.now(UTC)
        message_ids = {message.message_id for message in messages}
        failures = last_failures(stack, function, message_ids, time_range)
    return [
        DeadLetterEntry(
            message=message,
            order_ids=() if message.order_id is None else (message.order_id,),
            failure=failures.get(message.message_id),
        )
        for message in messages
    ]


def _stream_entries(
    stack: Stack, _queue: str, messages: Sequence[DeadLetter]
) -> Sequence[DeadLetterEntry]:
    return [
        DeadLetterEntry(
            message=message,
            order_ids=_order_ids(stack, message),
            condition=_condition(message),
            records=None
            if (batch := StreamBatch.of(message.content)) is None
            else batch.batch_size,
        )
        for message in messages
    ]


def _order_ids(stack: Stack, message: DeadLetter) -> Sequence[str]:
    """Return the new orders of a stream batch; none where the stream no longer has it."""
    try:
        images = read_images(stack, message.content)
    except UserError:
        return ()
    return [image["orderId"]["S"] for image in images]


def _condition(message: DeadLetter) -> str | None:
    context = message.content.get("requestContext")
    condition = context.get("condition") if isinstance(context, dict) else None
    return condition if isinstance(condition, str) else None
