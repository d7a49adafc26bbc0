"""Metrics that AWS services emit, as far as alarms, dashboards and scaling policies use them.

Compared with AWS's documentation on 27 November 2026. Names, dimensions, units and statistics are
those of the page in `source`; what that page does not say, and other sources do, is in
`unverified`. A metric of a dimension set that is not listed never has data, and CloudWatch reports
no error for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PERCENTILES: Final = "percentiles"
_PERCENTILE: Final = re.compile(r"p\d{1,2}(\.\d+)?")


@dataclass(frozen=True, kw_only=True)
class AwsMetric:
    """A metric of an AWS service.

    `without_data` says when there are no datapoints. `highest` is the largest value that the metric
    can have; None where nothing limits it, or where a setting of the resource does.
    """

    namespace: str
    name: str
    dimension_sets: Sequence[frozenset[str]]
    unit: str
    statistics: Sequence[str]
    without_data: str
    source: str
    unverified: str = ""
    highest: float | None = None

    def has_statistic(self, statistic: str) -> bool:
        """Whether a statistic says something about the metric; `p95` is a percentile."""
        is_percentile = _PERCENTILE.fullmatch(statistic) is not None
        return (PERCENTILES if is_percentile else statistic) in self.statistics


_ALL: Final = ("Average", "Minimum", "Maximum", "Sum", "SampleCount")


def _sets(*names: str) -> tuple[frozenset[str], ...]:
    """Return dimension sets of comma-separated names."""
    return tuple(frozenset(each.split(",")) for each in names)


def _lambda(
    name: str,
    unit: str,
    statistics: Sequence[str],
    without_data: str,
    highest: float | None = None,
) -> AwsMetric:
    return AwsMetric(
        namespace="AWS/Lambda",
        name=name,
        dimension_sets=_sets(
            "FunctionName", "FunctionName,Resource", "FunctionName,Resource,ExecutedVersion"
        ),
        unit=unit,
        statistics=statistics,
        without_data=without_data,
        source="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html",
        unverified="Unit.",
        highest=highest,
    )


def _queue(
    name: str,
    unit: str,
    without_data: str,
    *,
    unverified: str = "",
    highest: float | None = None,
) -> AwsMetric:
    return AwsMetric(
        namespace="AWS/SQS",
        name=name,
        dimension_sets=_sets("QueueName"),
        unit=unit,
        statistics=_ALL,
        without_data=without_data,
        source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
        unverified=unverified,
        highest=highest,
    )


def _table(name: str, statistics: Sequence[str], without_data: str) -> AwsMetric:
    return AwsMetric(
        namespace="AWS/DynamoDB",
        name=name,
        dimension_sets=_sets("TableName", "TableName,GlobalSecondaryIndexName"),
        unit="Count",
        statistics=statistics,
        without_data=without_data,
        source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html",
    )


_REST: Final = ("ApiName", "ApiName,Stage", "ApiName,Method,Resource,Stage")
_HTTP: Final = ("ApiId", "ApiId,Stage", "ApiId,Method,Resource,Stage")
_NO_REQUESTS: Final = "No requests in the period."
_REST_PAGE: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"
_HTTP_PAGE: Final = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"
)
_OF_REQUESTS: Final = ("SampleCount", "Sum")
_SUM: Final = "Sum: each request has the value 1."
_NAMES_ONLY: Final = "Unit, statistics."


def _api(
    name: str,
    dimensions: Sequence[str],
    *,
    source: str,
    unit: str = "Count",
    statistics: Sequence[str] = ("Sum", "Average"),
    unverified: str = "",
) -> AwsMetric:
    return AwsMetric(
        namespace="AWS/ApiGateway",
        name=name,
        dimension_sets=_sets(*dimensions),
        unit=unit,
        statistics=statistics,
        without_data=_NO_REQUESTS,
        source=source,
        unverified=unverified,
    )


def _latency(dimensions: Sequence[str], *, source: str) -> AwsMetric:
    return _api(
        "Latency",
        dimensions,
        source=source,
        unit="Milliseconds",
        statistics=("Average", "Minimum", "Maximum", PERCENTILES),
        unverified="Statistics.",
    )


def _emails(name: str) -> AwsMetric:
    return AwsMetric(
        namespace="AWS/SES",
        name=name,
        # The event destination of the configuration set names the dimension (infra/email/ses.py).
        dimension_sets=_sets("ses:configuration-set"),
        unit="Count",
        statistics=("Sum",),
        without_data="No such event in the period.",
        source="https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-cloudwatch.html",
        unverified="Unit.",
    )


def _reputation(name: str) -> AwsMetric:
    return AwsMetric(
        namespace="AWS/SES",
        name=f"Reputation.{name}",
        dimension_sets=_sets("ses:configuration-set"),
        unit="None",
        statistics=("Average", "Maximum"),
        without_data="Nothing was sent yet; AWS recommends to ignore missing data.",
        source="https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html",
        unverified="Dimension; how often it is published.",
        highest=1.0,
    )


_NO_INVOCATION: Final = "No invocation in the period."
_NO_PERIOD: Final = "No read or write in the period."

AWS_METRICS: Final[Sequence[AwsMetric]] = (
    _lambda("Invocations", "Count", ("Sum",), _NO_INVOCATION),
    _lambda("Errors", "Count", ("Sum",), _NO_INVOCATION),
    _lambda("Throttles", "Count", ("Sum",), "No invocation and no throttled request."),
    _lambda(
        "Duration",
        "Milliseconds",
        ("Average", "Minimum", "Maximum", PERCENTILES),
        _NO_INVOCATION,
    ),
    _lambda(
        "IteratorAge",
        "Milliseconds",
        ("Average", "Maximum"),
        "No batch was processed; functions without a stream never have it.",
        highest=24 * 3_600_000,  # what a stream of DynamoDB keeps
    ),
    _lambda(
        "ProvisionedConcurrencyUtilization",
        "None",
        ("Maximum",),
        "No invocation, or no provisioned concurrency.",
    ),
    _queue(
        "ApproximateNumberOfMessagesVisible",
        "Count",
        "The queue was inactive for six hours; after that, metrics lag by up to 15 minutes.",
        unverified="Whether a queue with messages that nobody receives stays active.",
    ),
    _queue(
        "ApproximateAgeOfOldestMessage",
        "Seconds",
        "The queue holds no message, or only messages that were received three times.",
        highest=14 * 24 * 3_600,  # what a queue keeps at most
    ),
    _table(
        "ReadThrottleEvents",
        ("Sum", "SampleCount"),
        "Nothing was throttled. Alarms ignore missing data of this namespace.",
    ),
    _table(
        "WriteThrottleEvents",
        ("Sum", "SampleCount"),
        "Nothing was throttled. Alarms ignore missing data of this namespace.",
    ),
    _table("ConsumedReadCapacityUnits", _ALL, _NO_PERIOD),
    _table("ConsumedWriteCapacityUnits", _ALL, _NO_PERIOD),
    _api("4XXError", _REST, source=_REST_PAGE),
    _api("5XXError", _REST, source=_REST_PAGE),
    _api("Count", _REST, source=_REST_PAGE, statistics=_OF_REQUESTS, unverified=_SUM),
    _latency(_REST, source=_REST_PAGE),
    _api("4xx", _HTTP, source=_HTTP_PAGE, unverified=_NAMES_ONLY),
    _api("5xx", _HTTP, source=_HTTP_PAGE, unverified=_NAMES_ONLY),
    _api("Count", _HTTP, source=_HTTP_PAGE, statistics=_OF_REQUESTS, unverified=_NAMES_ONLY),
    _latency(_HTTP, source=_HTTP_PAGE),
    *map(_emails, ("Bounce", "Complaint", "Delivery", "Reject")),
    *map(_reputation, ("BounceRate", "ComplaintRate")),
)


def emitted(namespace: str, name: str, dimensions: Iterable[str]) -> AwsMetric | None:
    """Return the metric that a service emits with exactly these dimensions; None without one."""
    names = frozenset(dimensions)
    matches = (
        metric
        for metric in AWS_METRICS
        if (metric.namespace, metric.name) == (namespace, name) and names in metric.dimension_sets
    )
    return next(matches, None)
