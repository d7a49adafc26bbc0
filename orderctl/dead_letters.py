"""Counts, finds, redrives and discards dead letters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.aws import batches
from orderctl.cli_support import WRONG_USAGE, aws_error
from orderctl.queue_drain import MAX_BATCH, DeadLetter, QueueDrain, batch_failures
from orderctl.relay import RELAY, Relay, read_images
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from orderctl.cli_support import Progress
    from orderctl.stack import Stack
    from tooling.clients import Client

    # Messages that an action was applied to, and the reasons of failures by message ID.
    Step = tuple[Sequence[DeadLetter], Mapping[str, str]]
    # Applied to ten messages at most, step by step, so that the steps before an error are known.
    Action = Callable[[QueueDrain, Sequence[DeadLetter]], Iterator[Step]]

# The age of the oldest message is not shown for longer queues: it would take reading them.
_MAX_COUNT_FOR_AGE = 100

# SendMessageBatch takes at least as much in sum; a larger message is sent alone.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
_MAX_BATCH_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Dead letters by orders, customer or message IDs, or, without any of these, all."""

    order_id: str | None = None
    message_ids: frozenset[str] | None = None
    order_ids: frozenset[str] | None = None
    customer_id: str | None = None

    def matches(self, message: DeadLetter) -> bool:
        """Whether a dead letter is selected."""
        if self.message_ids is not None:
            return message.message_id in self.message_ids
        if self.order_ids is not None:
            return message.order_id in self.order_ids
        if self.customer_id is not None:
            return message.content.get("customerId") == self.customer_id
        return self.order_id is None or message.order_id == self.order_id


@dataclass(frozen=True, kw_only=True)
class QueueSummary:
    """A dead-letter queue's counts; `hidden` messages are in flight or delayed."""

    queue: str
    waiting: int
    hidden: int
    oldest: datetime | None
    lost_at: datetime | None


@dataclass(kw_only=True)
class Outcome:
    """The selected messages that an action succeeded for, and the reasons of its failures.

    `unreadable` messages, selected or not, hold no JSON object.

    `all_seen` is False if a selected message may be among those that were not seen; `problem` is
    the AWS error that ended the run.
    """

    done: list[DeadLetter] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    hidden: int = 0
    unseen: int = 0
    unreadable: int = 0
    all_seen: bool = True
    problem: str | None = None

    @property
    def complete(self) -> bool:
        """Whether the action succeeded for every selected message."""
        return self.all_seen and not self.failed and self.problem is None

    @property
    def remaining(self) -> int:
        """How many selected messages remain, with those that were not seen and may be selected."""
        return self.unseen + len(self.failed)

    def finish(self, drain: QueueDrain, selection: Selection) -> None:
        """Take over what a drain of the whole queue did not see."""
        message_ids = {message.message_id for message in self.done} | set(self.failed)
        if selection.message_ids is not None and selection.message_ids <= message_ids:
            return
        self.unseen = drain.unseen
        self.all_seen = drain.complete and not drain.unseen


def summaries(stack: Stack) -> Iterator[QueueSummary]:
    """Return every dead-letter queue of the stack, with its oldest message where there are few."""
    for queue in sorted(stack.outputs.dead_letter_queue_urls):
        with QueueDrain(stack, queue) as drain:
            oldest = None
            if 0 < drain.waiting <= _MAX_COUNT_FOR_AGE:
                times = [message.sent_at for batch in drain.batches() for message in batch]
                oldest = min(times, default=None)
            lost_at = oldest + _retention(stack, queue) if oldest else None
            yield QueueSummary(
                queue=queue,
                waiting=drain.waiting,
                hidden=drain.hidden,
                oldest=oldest,
                lost_at=lost_at,
            )


def find(
    stack: Stack,
    queue: str,
    selection: Selection,
    *,
    limit: int | None = None,
    progress: Progress = lambda _: None,
) -> Outcome:
    """Return the selected dead letters, all of which stay in their queue."""
    _validate(queue, selection)
    outcome = Outcome()
    with QueueDrain(stack, queue, progress) as drain:
        outcome.hidden = drain.hidden
        for batch in drain.batches():
            outcome.done += [message for message in batch if selection.matches(message)]
            outcome.unreadable += sum(not message.content for message in batch)
            if limit is not None and len(outcome.done) >= limit:
                del outcome.done[limit:]
                break
        else:
            outcome.finish(drain, selection)
    return outcome


def redrive(
    stack: Stack,
    queue: str,
    selection: Selection,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> Outcome:
    """Move dead letters back to their work queue; publish the orders of the relay's.

    A message is sent before it is deleted: a run that ends between the two leaves it in both
    queues, where its idempotent consumer processes it once.
    """
    if queue == RELAY:
        return _for_each(stack, queue, selection, _publish(stack, dry_run=dry_run), progress)
    stack.dead_letter_queue_url(queue)  # an unknown queue is reported as such
    work_queue = stack.outputs.queue_urls.get(queue)
    if work_queue is None:
        raise UserError(f"The stack has no queue '{queue}' to move dead letters back to.")
    action = _keep if dry_run else _move(stack.client("sqs"), work_queue)
    return _for_each(stack, queue, selection, action, progress)


def discard(
    stack: Stack, queue: str, selection: Selection, *, progress: Progress = lambda _: None
) -> Outcome:
    """Delete dead letters for good."""
    return _for_each(stack, queue, selection, _delete, progress)


def _for_each(
    stack: Stack, queue: str, selection: Selection, action: Action, progress: Progress
) -> Outcome:
    _validate(queue, selection)
    outcome = Outcome()
    try:
        with QueueDrain(stack, queue, progress) as drain:
            outcome.hidden = drain.hidden
            for batch in drain.batches():
                matches = [message for message in batch if selection.matches(message)]
                outcome.unreadable += sum(not message.content for message in batch)
                for messages, failures in action(drain, matches):
                    outcome.failed.update(failures)
                    outcome.done += [one for one in messages if one.message_id not in failures]
            outcome.finish(drain, selection)
    except (BotoCoreError, ClientError) as error:
        if not (outcome.done or outcome.failed):
            raise
        outcome.problem = aws_error(error)
        outcome.finish(drain, selection)
    return outcome


def _validate(queue: str, selection: Selection) -> None:
    if queue == RELAY and selection.order_id is not None:
        raise UserError(
            "Dead letters of the relay name no orders; --order cannot be used for them.",
            exit_code=WRONG_USAGE,
        )


def _keep(_drain: QueueDrain, messages: Sequence[DeadLetter]) -> Iterator[Step]:
    yield messages, {}


def _delete(drain: QueueDrain, messages: Sequence[DeadLetter]) -> Iterator[Step]:
    yield messages, drain.delete(messages)


def _move(sqs: Client, work_queue: str) -> Action:
    def move(drain: QueueDrain, messages: Sequence[DeadLetter]) -> Iterator[Step]:
        for group in batches(
            messages, max_entries=MAX_BATCH, max_bytes=_MAX_BATCH_BYTES, size=_size
        ):
            entries = [
                {
                    "Id": str(number),
                    "MessageBody": message.body,
                    "MessageAttributes": message.attributes,
                }
                for number, message in enumerate(group)
            ]
            response = sqs.send_message_batch(QueueUrl=work_queue, Entries=entries)
            failures = batch_failures(response, group)
            copies = [message for message in group if message.message_id not in failures]
            yield group, failures | drain.delete(copies)

    return move


def _publish(stack: Stack, *, dry_run: bool) -> Action:
    relay = Relay.of(stack)

    def publish(drain: QueueDrain, messages: Sequence[DeadLetter]) -> Iterator[Step]:
        for message in messages:
            try:
                images = read_images(stack, message.content)
                for batch in relay.batches(() if dry_run else images):
                    relay.publish(batch)
            except UserError as error:
                yield [message], {message.message_id: str(error)}
            else:
                yield [message], drain.delete([] if dry_run else [message])

    return publish


def _size(message: DeadLetter) -> int:
    values = (
        len(name.encode())
        + sum(len(part.encode() if isinstance(part, str) else part) for part in attribute.values())
        for name, attribute in message.attributes.items()
    )
    return len(message.body.encode()) + sum(values)


def _retention(stack: Stack, queue: str) -> timedelta:
    name = "MessageRetentionPeriod"
    response = stack.client("sqs").get_queue_attributes(
        QueueUrl=stack.dead_letter_queue_url(queue), AttributeNames=[name]
    )
    return timedelta(seconds=int(response["Attributes"][name]))
