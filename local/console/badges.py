"""Numbers beside links of the navigation: what waits for somebody to look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from local.console.figures import depth
from tooling.errors import UserError

if TYPE_CHECKING:
    from local.console.pages import Console


class Badge(NamedTuple):
    """A number, and what it counts."""

    number: int
    noun: str


def badges(console: Console) -> dict[str, Badge]:
    """Return the badges by the paths of their pages; none while the emulator does not respond."""
    try:
        numbers = {
            "/dead-letters": Badge(_dead_letters(console), "messages"),
            "/alarms": Badge(
                [alarm.state for alarm in console.alarms()].count("ALARM"), "in ALARM"
            ),
        }
    except (BotoCoreError, ClientError, UserError):
        return {}
    return {path: badge for path, badge in numbers.items() if badge.number}


def _dead_letters(console: Console) -> int:
    """Return the number of messages in all dead-letter queues."""
    urls = console.deployment.outputs.get("deadLetterQueueUrls", {}).values()
    return sum(depth(console, url) for url in urls)
