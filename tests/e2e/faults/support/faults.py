"""What can go wrong with one function of a deployed stack."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeAlias

from tests.e2e.faults.support.rig import allow
from tests.e2e.support.role_permissions import without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.e2e.faults.support.proxy import Spoil
    from tests.e2e.faults.support.rig import Site

# Breaks one function of a stack for the length of a block; what the block gets tells whether it has shown already.
Fault: TypeAlias = "Callable[[Site, str], AbstractContextManager[Callable[[], object]]]"

# Which queue a function takes its messages from.
QUEUES = {"processor": "orders", "email": "email", "audit": "audit"}


def denied(action: str) -> Fault:
    """The function's role may not do something any more."""

    @contextlib.contextmanager
    def fault(site: Site, function: str) -> Iterator[Callable[[], object]]:
        since = len(site.proxy.seen)
        with without(site.stack, function, action):
            yield lambda: any(status >= 400 for status in site.answered(function, since=since))

    return fault


def spoilt(
    operation: str, spoil: Spoil, *, spared: int = 0, times: int | None = None, hits: int = 1
) -> Fault:
    """The function's calls to an operation go wrong; it shows when `hits` of them have."""

    @contextlib.contextmanager
    def fault(site: Site, function: str) -> Iterator[Callable[[], object]]:
        with site.proxy.spoiling(function, operation, spoil, spared=spared, times=times) as rule:
            yield lambda: rule.hits >= hits

    return fault


@contextlib.contextmanager
def throttled(site: Site, function: str) -> Iterator[Callable[[], object]]:
    """The function is not let run at all."""
    name = site.stack.outputs["functionNames"][function]
    before = site.stack.client("lambda").get_function_concurrency(FunctionName=name)[
        "ReservedConcurrentExecutions"
    ]
    allow(site.stack, function, 0)
    try:
        yield lambda: True  # it shows by what does not happen
    finally:
        allow(site.stack, function, before)


@contextlib.contextmanager
def topic_gone(site: Site, function: str) -> Iterator[Callable[[], object]]:
    """The topic is deleted, and made anew with its subscriptions before the function runs again."""
    sns, arn, since = site.stack.client("sns"), site.stack.outputs["topicArn"], len(site.proxy.seen)
    subscriptions = [
        sns.get_subscription_attributes(SubscriptionArn=each["SubscriptionArn"])["Attributes"]
        for each in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    ]
    sns.delete_topic(TopicArn=arn)
    try:
        yield lambda: 404 in site.answered(function, since=since)
    finally:
        with throttled(site, function):
            sns.create_topic(Name=arn.rpartition(":")[2])
            for each in subscriptions:
                raw = {"RawMessageDelivery": each["RawMessageDelivery"]}
                sns.subscribe(
                    TopicArn=arn, Protocol="sqs", Endpoint=each["Endpoint"], Attributes=raw
                )
