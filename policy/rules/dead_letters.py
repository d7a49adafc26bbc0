"""Dead-letter queues of queues, subscriptions and streams, and their retention."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from . import resource_types as types
from .resource import Resource, Unknown
from .rule import Stack, resource_rule, stack_rule

_RETENTION: Final = timedelta(days=14)

# SQS's default retention.
_DEFAULT_SECONDS: Final = timedelta(days=4).total_seconds()

# Type -> the property with its dead-letter queue.
_DEAD_LETTER_PROPS: Final = {
    types.QUEUE: "redrivePolicy",
    types.SUBSCRIPTION: "redrivePolicy",
    types.MAPPING: "destinationConfig",
}
_STREAM: Final = re.compile(r"arn:[^:]+:(dynamodb|kinesis):.*")


@stack_rule(types.QUEUE)
def queues_have_dead_letters(resource: Resource, stack: Stack) -> Iterator[str]:
    """Every queue has a dead-letter queue, or is one.

    Otherwise failing messages are received until they expire.
    """
    if not resource.has("redrivePolicy") and not _is_dead_letter_queue(resource, stack):
        yield "has no dead-letter queue and is none; set redrivePolicy"


@resource_rule(types.SUBSCRIPTION)
def subscriptions_have_dead_letters(resource: Resource) -> Iterator[str]:
    """Subscriptions of queues and functions have a dead-letter queue.

    SNS discards undeliverable messages.
    """
    if resource.get("protocol") in {"lambda", "sqs"} and not resource.get("redrivePolicy"):
        yield "has no dead-letter queue; set redrivePolicy"


@resource_rule(types.MAPPING)
def streams_have_dead_letters(resource: Resource) -> Iterator[str]:
    """Event source mappings of streams have a failure destination.

    Otherwise failing records are lost.
    """
    # In a preview the source may be unknown; only streams have a starting position.
    is_stream = bool(_STREAM.fullmatch(str(resource.get("eventSourceArn"))))
    if (is_stream or resource.get("startingPosition")) and not resource.get(
        "destinationConfig.onFailure.destinationArn"
    ):
        yield "has no failure destination; set destinationConfig.onFailure.destinationArn"


@stack_rule(types.QUEUE)
def dead_letters_kept_14_days(resource: Resource, stack: Stack) -> Iterator[str]:
    """Dead-letter queues have a retention of 14 days.

    It is SQS's maximum.
    """
    seconds = resource.get("messageRetentionSeconds") or _DEFAULT_SECONDS
    if isinstance(seconds, Unknown) or timedelta(seconds=seconds) == _RETENTION:
        return
    if _is_dead_letter_queue(resource, stack):
        days = seconds / timedelta(days=1).total_seconds()
        expected = f"{_RETENTION.total_seconds():.0f}"
        yield f"keeps dead letters for {days:g} days; set messageRetentionSeconds to {expected}"


def _is_dead_letter_queue(queue: Resource, stack: Stack) -> bool:
    return any(
        owner.references(_DEAD_LETTER_PROPS[owner.type], queue)
        for owner in stack.of(*_DEAD_LETTER_PROPS)
    )
