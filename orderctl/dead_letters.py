"""What an operator does with dead letters: count them, find some, move them back to work, throw them away."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.aws import batches
from orderctl import relay_letters
from orderctl.errors import WRONG_USAGE, OperatorError, sentence
from orderctl.letters import AT_ONCE, Letter, Walk, refusals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from orderctl.letters import Done, Progress
    from orderctl.stack import Stack
    from tooling.clients import Client

    # Does something with ten letters at most, step by step, so that what was done before an error is known.
    Act = Callable[[Walk, Sequence[Letter]], Iterator[Done]]

RELAY = "relay"

# Of longer queues the list does not tell the oldest message: that would take looking through them.
_LOOKED_THROUGH = 100

# What SendMessageBatch has always taken in sum; a larger message goes alone.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
_BATCH_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which dead letters are meant: those about an order, some by their IDs, or, without either, all."""

    order_id: str | None = None
    message_ids: frozenset[str] | None = None

    def takes(self, letter: Letter) -> bool:
        """Whether a letter is meant."""
        if self.message_ids is not None:
            return letter.message_id in self.message_ids
        return self.order_id is None or letter.order_id == self.order_id


@dataclass(frozen=True, kw_only=True)
class Pile:
    """A dead-letter queue from outside; `hidden` messages are being looked at by somebody, or were until just now."""

    queue: str
    waiting: int
    hidden: int
    oldest: datetime | None
    lost_at: datetime | None


@dataclass(kw_only=True)
class Outcome:
    """Which letters were done with, why which others were not, and how many could not be seen.

    `all_seen` says that no message was passed over that could have been meant; `problem` is what AWS had against going
    on.
    """

    done: list[Letter] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    hidden: int = 0
    unseen: int = 0
    all_seen: bool = True
    problem: str | None = None

    @property
    def complete(self) -> bool:
        """Whether everything that was meant is done."""
        return self.all_seen and not self.failed and self.problem is None

    @property
    def remaining(self) -> int:
        """How many messages are left that were meant, or that could not be seen and may be."""
        return self.unseen + len(self.failed)

    def end(self, way: Walk, selection: Selection) -> None:
        """Take over what a walk through the whole queue did not get to see."""
        seen = {letter.message_id for letter in self.done} | set(self.failed)
        if selection.message_ids is not None and selection.message_ids <= seen:
            return
        self.unseen = way.unseen
        self.all_seen = way.complete and not way.unseen


def piles(stack: Stack) -> Iterator[Pile]:
    """Return every dead-letter queue of the stack, with its oldest message where there are few."""
    for queue in sorted(stack.outputs.dead_letter_queue_urls):
        with walk(stack, queue) as way:
            oldest = _oldest(way)
            lost_at = oldest + _retention(stack, queue) if oldest else None
            yield Pile(
                queue=queue, waiting=way.waiting, hidden=way.hidden, oldest=oldest, lost_at=lost_at
            )


def walk(stack: Stack, queue: str, progress: Progress = lambda _: None) -> Walk:
    """Return a way through a dead-letter queue."""
    url = stack.dead_letters(queue)
    return Walk(stack.client("sqs"), url, wait_seconds=stack.wait_seconds, progress=progress)


def find(
    stack: Stack,
    queue: str,
    selection: Selection,
    *,
    limit: int | None = None,
    progress: Progress = lambda _: None,
) -> Outcome:
    """Return the letters that are meant, all of which stay where they are."""
    _require_sense(queue, selection)
    found = Outcome()
    with walk(stack, queue, progress) as way:
        found.hidden = way.hidden
        for batch in way.batches():
            found.done += [letter for letter in batch if selection.takes(letter)]
            if limit is not None and len(found.done) >= limit:
                del found.done[limit:]
                break
        else:
            found.end(way, selection)
    return found


def redrive(
    stack: Stack,
    queue: str,
    selection: Selection,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> Outcome:
    """Move letters back to where they failed; a dry run tells what would be, and changes nothing.

    Each is sent before it is deleted, so that a run that ends between the two leaves it in both queues, where its
    consumer does the work once. Letters of the relay name a part of the stream, which is handed to the relay.
    """
    if queue == RELAY:
        return _each(
            stack, queue, selection, relay_letters.publishing(stack, dry_run=dry_run), progress
        )
    stack.dead_letters(queue)  # says what there is, before anything is missed
    work_queue = stack.outputs.queue_urls.get(queue)
    if work_queue is None:
        raise OperatorError(f"The stack has no queue '{queue}' to move dead letters back to.")
    act = _leaving if dry_run else _moving(stack.client("sqs"), work_queue)
    return _each(stack, queue, selection, act, progress)


def discard(
    stack: Stack, queue: str, selection: Selection, *, progress: Progress = lambda _: None
) -> Outcome:
    """Throw letters away for good."""
    return _each(stack, queue, selection, _deleting, progress)


def _each(stack: Stack, queue: str, selection: Selection, act: Act, progress: Progress) -> Outcome:
    _require_sense(queue, selection)
    outcome = Outcome()
    try:
        with walk(stack, queue, progress) as way:
            outcome.hidden = way.hidden
            for batch in way.batches():
                _do(act, way, [letter for letter in batch if selection.takes(letter)], outcome)
            outcome.end(way, selection)
    except (BotoCoreError, ClientError) as error:
        if not (outcome.done or outcome.failed):
            raise
        outcome.problem = sentence(error)
        outcome.end(way, selection)
    return outcome


def _do(act: Act, way: Walk, meant: Sequence[Letter], outcome: Outcome) -> None:
    for letters, failed in act(way, meant):
        outcome.failed.update(failed)
        outcome.done += [letter for letter in letters if letter.message_id not in failed]


def _require_sense(queue: str, selection: Selection) -> None:
    if queue == RELAY and selection.order_id is not None:
        raise OperatorError(
            "Dead letters of the relay name no orders, so --order finds none.",
            exit_code=WRONG_USAGE,
        )


def _leaving(_way: Walk, letters: Sequence[Letter]) -> Iterator[Done]:
    yield letters, {}


def _deleting(way: Walk, letters: Sequence[Letter]) -> Iterator[Done]:
    yield letters, way.delete(letters)


def _moving(sqs: Client, work_queue: str) -> Act:
    def move(way: Walk, letters: Sequence[Letter]) -> Iterator[Done]:
        for group in batches(letters, max_entries=AT_ONCE, max_bytes=_BATCH_BYTES, size=_bytes):
            entries = [_entry(number, letter) for number, letter in enumerate(group)]
            refused = refusals(sqs.send_message_batch(QueueUrl=work_queue, Entries=entries), group)
            yield (
                group,
                refused
                | way.delete([letter for letter in group if letter.message_id not in refused]),
            )

    return move


def _entry(number: int, letter: Letter) -> dict[str, object]:
    return {"Id": str(number), "MessageBody": letter.body, "MessageAttributes": letter.attributes}


def _bytes(letter: Letter) -> int:
    values = (
        len(name.encode())
        + sum(len(part.encode() if isinstance(part, str) else part) for part in attribute.values())
        for name, attribute in letter.attributes.items()
    )
    return len(letter.body.encode()) + sum(values)


def _oldest(way: Walk) -> datetime | None:
    if not 0 < way.waiting <= _LOOKED_THROUGH:
        return None
    return min((letter.sent_at for batch in way.batches() for letter in batch), default=None)


def _retention(stack: Stack, queue: str) -> timedelta:
    name = "MessageRetentionPeriod"
    answer = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.dead_letters(queue), AttributeNames=[name]
    )
    return timedelta(seconds=int(answer["Attributes"][name]))
