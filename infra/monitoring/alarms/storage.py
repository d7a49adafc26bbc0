"""Alarms for SQS queues, dead-letter queues and DynamoDB tables."""

import pulumi

from infra.messaging.consumer import Consumer
from infra.monitoring.alarms.alarm import MINUTE, Alarm, Metric, total
from infra.monitoring.monitored_resources import MonitoredTable


def dead_letter_alarm(label: str, queue_name: pulumi.Input[str]) -> Alarm:
    """Return the alarm for a dead-letter queue that is not empty.

    A queue that nobody uses for six hours may have no data; its messages are still there.
    """
    return Alarm(
        label=f"{label}-dead-letters",
        severity="critical",
        summary=f"The {label} dead-letter queue holds messages.",
        runbook="dead-letters",
        metrics=[_queue_metric("ApproximateNumberOfMessagesVisible", queue_name)],
        threshold=0,
        period_seconds=MINUTE,
        essential=True,
        missing_data="ignore",
    )


def queue_age_alarm(consumer: Consumer) -> Alarm:
    """Return the alarm for a queue whose oldest message is older than 1.5 visibility timeouts.

    A message that fails is received again after one visibility timeout, and after two. The metric
    leaves out messages that were received three times, so it would hardly get above two.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    """
    limit = consumer.visibility_seconds * 3 // 2
    return Alarm(
        label=f"{consumer.label}-oldest-message",
        severity="warning",
        summary=f"The oldest message of the {consumer.label} queue is older than {limit} s.",
        runbook="oldest-message",
        metrics=[_queue_metric("ApproximateAgeOfOldestMessage", consumer.queue.name)],
        threshold=limit,
        essential=True,
    )


def table_alarm(table: MonitoredTable) -> Alarm:
    """Return the alarm for throttled requests to a table or its index.

    The metrics of a table do not include those of its index. The latest datapoint is 0 as long as
    its data is delayed, so that the one before is evaluated as well.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    dimensions = [{"TableName": table.name}]
    if table.index:
        dimensions.append({"TableName": table.name, "GlobalSecondaryIndexName": table.index})
    metrics = [
        Metric(namespace="AWS/DynamoDB", name=name, dimensions=each)
        for each in dimensions
        for name in ("ReadThrottleEvents", "WriteThrottleEvents")
    ]
    return Alarm(
        label=f"{table.label}-table-throttles",
        severity="warning",
        summary=f"DynamoDB throttled requests to the {table.label} table or its index.",
        runbook="table-throttles",
        metrics=metrics,
        expression=total(*range(1, len(metrics) + 1)),
        threshold=0,
        evaluation_periods=2,
    )


def _queue_metric(name: str, queue_name: pulumi.Input[str]) -> Metric:
    return Metric(
        namespace="AWS/SQS", name=name, dimensions={"QueueName": queue_name}, statistic="Maximum"
    )
