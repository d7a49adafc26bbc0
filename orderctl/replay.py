"""Publishing stored orders again, through the deployed relay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.contract import iso_8601
from orderctl import relay
from orderctl.errors import OperatorError, sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from orderctl.letters import Progress
    from orderctl.stack import Stack

    Image = Mapping[str, Any]


@dataclass(kw_only=True)
class Replayed:
    """How many orders were handed to the relay, how many were left out as expired, and what went wrong.

    `stopped` says that there may be more orders.
    """

    handed_over: int = 0
    expired: int = 0
    problem: str | None = None
    stopped: bool = False

    @property
    def complete(self) -> bool:
        """Whether every order that was meant is published."""
        return self.problem is None


def one(stack: Stack, order_id: str, *, dry_run: bool = False) -> Replayed:
    """Publish one stored order again."""
    key = {"orderId": {"S": order_id}}
    answer = stack.client("dynamodb").get_item(
        TableName=stack.outputs.orders_table_name, Key=key, ConsistentRead=True
    )
    if "Item" not in answer:
        raise OperatorError(f"There is no stored order {order_id}.")
    result = _publish(stack, [answer["Item"]], dry_run=dry_run, progress=lambda _: None)
    if result.expired:
        result.problem = (
            f"the order {order_id} has expired, and whether it was confirmed may be forgotten"
        )
    return result


def between(
    stack: Stack,
    since: datetime,
    until: datetime,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> Replayed:
    """Publish the orders again that were created between two moments, wherever in the table they are."""
    return _publish(stack, _created(stack, since, until), dry_run=dry_run, progress=progress)


def _created(stack: Stack, since: datetime, until: datetime) -> Iterator[Image]:
    # Every order's time is written in the same way, so that texts compare as times do.
    pages = (
        stack.client("dynamodb")
        .get_paginator("scan")
        .paginate(
            TableName=stack.outputs.orders_table_name,
            ConsistentRead=True,
            FilterExpression="createdAt BETWEEN :since AND :until",
            ExpressionAttributeValues={
                ":since": {"S": iso_8601(since)},
                ":until": {"S": iso_8601(until)},
            },
        )
    )
    return (item for page in pages for item in page["Items"])


def _publish(
    stack: Stack, images: Iterable[Image], *, dry_run: bool, progress: Progress
) -> Replayed:
    replayed = Replayed()
    publish = (lambda _: None) if dry_run else relay.Relay.of(stack).publish
    try:
        for batch in relay.batches(map(relay.record, _not_expired(images, replayed))):
            _hand_over(batch, publish, replayed)
            if replayed.stopped:
                break
            progress(len(batch))
    except (BotoCoreError, ClientError) as error:
        if not replayed.handed_over:
            raise
        replayed.problem, replayed.stopped = sentence(error), True
    return replayed


def _hand_over(
    batch: Sequence[str], publish: Callable[[Sequence[str]], None], replayed: Replayed
) -> None:
    try:
        publish(batch)
    except relay.NotPublishedError as error:
        replayed.problem, replayed.stopped = str(error), not error.others_are
    if not replayed.stopped:
        replayed.handed_over += len(batch)


def _not_expired(images: Iterable[Image], replayed: Replayed) -> Iterator[Image]:
    """Leave out what DynamoDB may delete at any moment: the note of its e-mail may be gone already."""
    now = datetime.now(UTC).timestamp()
    for image in images:
        if float(image.get("expiresAt", {}).get("N", "inf")) <= now:
            replayed.expired += 1
        else:
            yield image
