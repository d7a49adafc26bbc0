"""Numbers beside links of the navigation: what waits for somebody to look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.console.pages import Console

_DEPTHS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class Badge(NamedTuple):
    """A number, and what it counts."""

    number: int
    noun: str


def badges(console: Console) -> dict[str, Badge]:
    """Return the badges by the paths of their pages; none while the emulator does not respond."""
    try:
        numbers = {
            "/dead-letters": Badge(sum(_dead_letters(console)), "messages"),
            "/alarms": Badge(
                [alarm.state for alarm in console.alarms()].count("ALARM"), "in ALARM"
            ),
        }
    except (BotoCoreError, ClientError, UserError):
        return {}
    return {path: badge for path, badge in numbers.items() if badge.number}


def _dead_letters(console: Console) -> Iterator[int]:
    """Yield the number of messages in each dead-letter queue."""
    sqs = console.deployment.emulator.client("sqs")
    for url in console.deployment.outputs.get("deadLetterQueueUrls", {}).values():
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_DEPTHS))
        yield sum(int(attributes["Attributes"][name]) for name in _DEPTHS)
