"""What cannot be handled is kept, and kept for as long as SQS offers."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from . import kinds
from .resource import Resource, Unknown
from .rule import Stack, resource_rule, stack_rule

KEPT_FOR: Final = timedelta(days=14)

# What SQS does where nothing is said.
_DEFAULT_SECONDS: Final = timedelta(days=4).total_seconds()

# Where resources name the queue that takes what they give up.
_GIVES_UP_TO: Final = {
    kinds.QUEUE: "redrivePolicy",
    kinds.SUBSCRIPTION: "redrivePolicy",
    kinds.MAPPING: "destinationConfig",
}
_TO_MACHINES: Final = {"lambda", "sqs"}
_STREAM: Final = re.compile(r"arn:[^:]+:(dynamodb|kinesis):.*")


@stack_rule(kinds.QUEUE)
def queues_have_dead_letters(resource: Resource, stack: Stack) -> Iterator[str]:
    """Every queue has a dead-letter queue, or is one."""
    if not resource.gives("redrivePolicy") and not _takes_dead_letters(resource, stack):
        yield "has no dead-letter queue and is none; set redrivePolicy"


@resource_rule(kinds.SUBSCRIPTION)
def subscriptions_have_dead_letters(resource: Resource) -> Iterator[str]:
    """What SNS cannot deliver to a queue or a function is kept."""
    if resource.at("protocol") in _TO_MACHINES and not resource.at("redrivePolicy"):
        yield "has no dead-letter queue for what it cannot deliver; set redrivePolicy"


@resource_rule(kinds.MAPPING)
def streams_have_dead_letters(resource: Resource) -> Iterator[str]:
    """Records of a stream that a function gives up on are kept."""
    if _reads_a_stream(resource) and not resource.at("destinationConfig.onFailure.destinationArn"):
        yield "has no place for records that it gives up on; set destinationConfig.onFailure.destinationArn"


@stack_rule(kinds.QUEUE)
def dead_letters_kept_14_days(resource: Resource, stack: Stack) -> Iterator[str]:
    """Dead letters are kept for as long as SQS offers."""
    seconds = resource.at("messageRetentionSeconds") or _DEFAULT_SECONDS
    if isinstance(seconds, Unknown) or timedelta(seconds=seconds) == KEPT_FOR:
        return
    if _takes_dead_letters(resource, stack):
        days = seconds / timedelta(days=1).total_seconds()
        yield (
            f"keeps dead letters for {days:g} days; "
            f"set messageRetentionSeconds to {KEPT_FOR.total_seconds():.0f}, which is {KEPT_FOR.days} days"
        )


def _takes_dead_letters(queue: Resource, stack: Stack) -> bool:
    return any(
        holder.refers(_GIVES_UP_TO[holder.type], queue) for holder in stack.of(*_GIVES_UP_TO)
    )


def _reads_a_stream(mapping: Resource) -> bool:
    """Whether it does, which its starting position tells even where the source is not known yet."""
    return bool(mapping.at("startingPosition")) or bool(
        _STREAM.fullmatch(str(mapping.at("eventSourceArn")))
    )
