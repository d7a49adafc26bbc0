"""Replay: publishes stored orders again through the deployed relay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.contract import iso_8601
from orderctl.cli_support import aws_error
from orderctl.relay import Relay, RelayError
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from orderctl.cli_support import Progress
    from orderctl.stack import Stack

    Image = Mapping[str, Any]


@dataclass(kw_only=True)
class ReplayResult:
    """Counts of published and of expired orders; `stopped` means that orders may be left."""

    published: int = 0
    expired: int = 0
    problem: str | None = None
    stopped: bool = False

    @property
    def complete(self) -> bool:
        """Whether every selected order is published."""
        return self.problem is None


def replay_order(stack: Stack, order_id: str, *, dry_run: bool = False) -> ReplayResult:
    """Publish one stored order again."""
    response = stack.client("dynamodb").get_item(
        TableName=stack.outputs.orders_table_name,
        Key={"orderId": {"S": order_id}},
        ConsistentRead=True,
    )
    if "Item" not in response:
        raise UserError(f"There is no stored order {order_id}.")
    result = _publish(stack, [response["Item"]], dry_run=dry_run, progress=lambda _: None)
    if result.expired:
        result.problem = (
            f"the order {order_id} has expired; the record of its confirmation may be deleted"
        )
    return result


def replay_range(
    stack: Stack,
    since: datetime,
    until: datetime,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> ReplayResult:
    """Publish the orders again that were created within a time range, by a scan of the table."""
    return _publish(stack, _created(stack, since, until), dry_run=dry_run, progress=progress)


def _created(stack: Stack, since: datetime, until: datetime) -> Iterator[Image]:
    # Every order's time has one format, so that texts compare as times do.
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
) -> ReplayResult:
    result, relay = ReplayResult(), Relay.of(stack)
    try:
        for batch in relay.batches(_not_expired(images, result)):
            _publish_batch(batch, (lambda _: None) if dry_run else relay.publish, result)
            if result.stopped:
                break
            progress(len(batch))
    except (BotoCoreError, ClientError) as error:
        if not result.published:
            raise
        result.problem, result.stopped = aws_error(error), True
    return result


def _publish_batch(
    batch: Sequence[str], publish: Callable[[Sequence[str]], None], result: ReplayResult
) -> None:
    try:
        publish(batch)
    except RelayError as error:
        result.problem, result.stopped = str(error), not error.others_published
    if not result.stopped:
        result.published += len(batch)


def _not_expired(images: Iterable[Image], result: ReplayResult) -> Iterator[Image]:
    """Leave out expired orders: the idempotency records of their emails may be deleted already."""
    now = datetime.now(UTC).timestamp()
    for image in images:
        if float(image.get("expiresAt", {}).get("N", "inf")) <= now:
            result.expired += 1
        else:
            yield image
