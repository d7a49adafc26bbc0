"""Alarms for SQS queues, dead-letter queues and DynamoDB tables."""

from dataclasses import dataclass

import pulumi

from infra.monitoring.alarms.alarm import MINUTE, Alarm, Metric, total


@dataclass(frozen=True, kw_only=True)
class WatchedQueue:
    """A queue by its short label and deployed name, and for how many seconds a received message stays hidden."""

    label: str
    name: pulumi.Input[str]
    visibility_seconds: int


@dataclass(frozen=True, kw_only=True)
class WatchedTable:
    """A table by its short label and deployed name; a full index throttles writes to its table."""

    label: str
    name: pulumi.Input[str]
    index: str | None = None


def dead_letter_alarm(label: str, queue_name: pulumi.Input[str]) -> Alarm:
    """Return the alarm for a dead-letter queue that is not empty."""
    return Alarm(
        label=f"{label}-dead-letters",
        severity="critical",
        summary=f"The {label} dead-letter queue holds messages.",
        runbook="dead-letters",
        metrics=[_queue_metric("ApproximateNumberOfMessagesVisible", queue_name)],
        threshold=0,
        period_seconds=MINUTE,
        essential=True,
    )


def queue_age_alarm(queue: WatchedQueue) -> Alarm:
    """Return the alarm for a queue whose oldest message has waited longer than two of its visibility timeouts."""
    limit = 2 * queue.visibility_seconds
    return Alarm(
        label=f"{queue.label}-oldest-message",
        severity="warning",
        summary=f"The oldest message of the {queue.label} queue has waited for more than {limit} s.",
        runbook="oldest-message",
        metrics=[_queue_metric("ApproximateAgeOfOldestMessage", queue.name)],
        threshold=limit,
        essential=True,
    )


def table_alarm(table: WatchedTable) -> Alarm:
    """Return the alarm for a table, or its index, that refuses requests because of its capacity.

    The figures of a table do not include those of its index:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    """
    own = {"TableName": table.name}
    places = [own, {**own, "GlobalSecondaryIndexName": table.index}] if table.index else [own]
    watched = [
        (name, place) for place in places for name in ("ReadThrottleEvents", "WriteThrottleEvents")
    ]
    return Alarm(
        label=f"{table.label}-table-throttles",
        severity="warning",
        summary=f"DynamoDB throttled requests to the {table.label} table or its index.",
        runbook="table-throttles",
        metrics=[
            Metric(namespace="AWS/DynamoDB", name=name, dimensions=place) for name, place in watched
        ],
        expression=total(*range(1, len(watched) + 1)),
        threshold=0,
    )


def _queue_metric(name: str, queue_name: pulumi.Input[str]) -> Metric:
    return Metric(
        namespace="AWS/SQS", name=name, dimensions={"QueueName": queue_name}, statistic="Maximum"
    )
