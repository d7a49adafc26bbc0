"""Faults of one function of a deployed stack."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final, TypeAlias

from tests.e2e.faults.support.proxy import refuse
from tests.e2e.faults.support.rig import reserve_concurrency
from tests.e2e.support.role_permissions import without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.e2e.faults.support.proxy import Action
    from tests.e2e.faults.support.rig import FaultRig

# Breaks a function for the length of a block; the block gets what reports whether it had effect.
Fault: TypeAlias = "Callable[[FaultRig, str], AbstractContextManager[Callable[[], object]]]"

# The queue that each function consumes.
QUEUES: Final = {"processor": "orders", "email": "email", "audit": "audit"}


def deny(action: str) -> Fault:
    """The function's role no longer allows an action."""

    @contextlib.contextmanager
    def fault(rig: FaultRig, function: str) -> Iterator[Callable[[], object]]:
        since = len(rig.proxy.calls)
        with without(rig.stack, function, action):
            yield lambda: any(status >= 400 for status in rig.statuses(function, since=since))

    return fault


def inject(
    operation: str, action: Action, *, skip: int = 0, times: int | None = None, hits: int = 1
) -> Fault:
    """The proxy acts on the function's calls of an operation; it has effect after `hits` calls."""

    @contextlib.contextmanager
    def fault(rig: FaultRig, function: str) -> Iterator[Callable[[], object]]:
        injected = rig.proxy.inject(function, operation, action, skip=skip, times=times)
        with injected as interception:
            yield lambda: interception.hits >= hits

    return fault


@contextlib.contextmanager
def throttle(rig: FaultRig, function: str) -> Iterator[Callable[[], object]]:
    """The function has no concurrency."""
    before = reserve_concurrency(rig.stack, function, 0)
    try:
        yield lambda: True  # nothing happens that could be seen
    finally:
        reserve_concurrency(rig.stack, function, before)


@contextlib.contextmanager
def delete_topic(rig: FaultRig, function: str) -> Iterator[Callable[[], object]]:
    """The topic is deleted, and created with its subscriptions before anything is published."""
    sns, arn, since = rig.stack.client("sns"), rig.stack.outputs["topicArn"], len(rig.proxy.calls)
    subscriptions = [
        sns.get_subscription_attributes(SubscriptionArn=each["SubscriptionArn"])["Attributes"]
        for each in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    ]
    sns.delete_topic(TopicArn=arn)
    try:
        yield lambda: 404 in rig.statuses(function, since=since)
    finally:
        # An event that is published before the subscriptions exist is delivered to nobody.
        with rig.proxy.inject(function, "PublishBatch", refuse("NotFound")):
            sns.create_topic(Name=arn.rpartition(":")[2])
            for each in subscriptions:
                raw = {"RawMessageDelivery": each["RawMessageDelivery"]}
                sns.subscribe(
                    TopicArn=arn, Protocol="sqs", Endpoint=each["Endpoint"], Attributes=raw
                )
