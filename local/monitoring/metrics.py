"""Metrics of a local stack, computed from the functions' logs and the queues' attributes.

The emulator has none of them. Values are kept by second, so that periods can end at any time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from local.monitoring.events import API_FUNCTIONS, events_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from local.monitoring.invocations import Invocation
    from local.monitoring.metric_math import Value

# By namespace: the metrics that are computed here, or all; and why others are not.
_COMPUTED: Final[Mapping[str, frozenset[str]]] = {
    "AWS/Lambda": frozenset({"Invocations", "Errors", "Duration", "Throttles"}),
    "AWS/SQS": frozenset(
        {"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"}
    ),
    "AWS/ApiGateway": frozenset({"Count", "4xx", "5xx", "4XXError", "5XXError"}),
}
_REASONS: Final[Mapping[str, str]] = {
    "AWS/Lambda IteratorAge": "the emulator has no iterator age",
    "AWS/SQS ApproximateAgeOfOldestMessage": "SQS has no request for the age of a message",
    "AWS/DynamoDB ReadThrottleEvents": "the emulator does not throttle tables",
    "AWS/DynamoDB WriteThrottleEvents": "the emulator does not throttle tables",
    "AWS/DynamoDB": "the emulator does not count capacity",
    "AWS/SES": "the emulator's SES has no bounces and complaints",
}


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric of CloudWatch."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, description: Mapping[str, Any]) -> Self:
        """Read a metric as in the description of an alarm."""
        dimensions = ((each["Name"], each["Value"]) for each in description.get("Dimensions", ()))
        return cls(
            namespace=description["Namespace"],
            name=description["MetricName"],
            # The stack has one API.
            dimensions=frozenset(
                () if description["Namespace"] == "AWS/ApiGateway" else dimensions
            ),
        )

    @property
    def problem(self) -> str | None:
        """Why this metric has no values here; None if it has."""
        computed = _COMPUTED.get(self.namespace)
        if computed is not None and self.name in computed:
            return None
        reasons = (_REASONS.get(key) for key in (f"{self.namespace} {self.name}", self.namespace))
        reason = next(filter(None, reasons), None)
        if reason is None and self.namespace.startswith("AWS/"):
            return f"{self.namespace} {self.name} is not computed"
        return reason


@dataclass(kw_only=True)
class _Aggregate:
    """The values of one second."""

    count: int = 0
    total: float = 0.0
    lowest: float = float("inf")
    highest: float = float("-inf")
    latest: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.lowest = min(self.lowest, value)
        self.highest = max(self.highest, value)
        self.latest = value


STATISTICS: Final[Mapping[str, Callable[[list[_Aggregate]], float]]] = {
    "Sum": lambda values: sum(each.total for each in values),
    "SampleCount": lambda values: sum(each.count for each in values),
    "Average": lambda values: (
        sum(each.total for each in values) / sum(each.count for each in values)
    ),
    "Maximum": lambda values: max(each.highest for each in values),
    "Minimum": lambda values: min(each.lowest for each in values),
}


class Metrics:
    """Values of the watched metrics, as long as they are needed."""

    def __init__(self, functions: Callable[[], Mapping[str, str]]) -> None:
        """Describe the stack; `functions` returns the deployed functions' names by package."""
        self._functions = functions
        self._seconds: dict[Metric, int] = {}
        self._values: dict[Metric, dict[int, _Aggregate]] = {}
        self._lock = threading.Lock()

    def watch(self, seconds: Mapping[Metric, int]) -> None:
        """Keep the values of these metrics, each for so many seconds, and of no others."""
        with self._lock:
            self._seconds = dict(seconds)
            self._values = {metric: self._values.get(metric, {}) for metric in seconds}

    def add(self, metric: Metric, value: float, at: float) -> None:
        """Add a value at a Unix time, if the metric is watched."""
        with self._lock:
            if metric not in self._values:
                return
            values = self._values[metric]
            values.setdefault(int(at), _Aggregate()).add(value)
            while (oldest := next(iter(values))) < at - self._seconds[metric]:
                del values[oldest]

    def take(self, invocations: Iterable[Invocation]) -> None:
        """Add what invocations stand for: metrics of Lambda, of the API, and of the handlers."""
        names = self._functions()
        for invocation in invocations:
            at = invocation.at.timestamp()
            for metric, value in values_of(invocation, names.get(invocation.function, "")):
                self.add(metric, value, at)

    def datapoints(
        self, metric: Metric, statistic: str, *, period: int, count: int, now: float
    ) -> list[Value]:
        """Return the datapoints of the last periods, the current one included, oldest first.

        A queue's depth is the last one of its period, so that an alarm returns to OK as soon as
        the queue is empty.
        """
        groups: list[list[_Aggregate]] = [[] for _ in range(count)]
        with self._lock:
            for second, values in self._values.get(metric, {}).items():
                age = max(0, int(now - second)) // period
                if age < count:
                    groups[-1 - age].append(values)
        if metric.namespace == "AWS/SQS":
            return [group[-1].latest if group else None for group in groups]
        return [STATISTICS[statistic](group) if group else None for group in groups]


def lambda_metric(name: str, function: str) -> Metric:
    """Return a metric of a deployed function."""
    dimensions = frozenset({("FunctionName", function)})
    return Metric(namespace="AWS/Lambda", name=name, dimensions=dimensions)


def failed_response() -> Iterator[tuple[Metric, float]]:
    """Yield the API's metrics for a request that got a 5xx response."""
    return response(server_error=True, client_error=False)


def values_of(invocation: Invocation, function: str) -> Iterator[tuple[Metric, float]]:
    """Yield what an invocation stands for, with the deployed name of its function."""
    yield lambda_metric("Invocations", function), 1.0
    yield lambda_metric("Errors", function), float(invocation.failed)
    if invocation.duration_ms is not None:
        yield lambda_metric("Duration", function), invocation.duration_ms
    if invocation.function in API_FUNCTIONS:
        outcomes = {event.outcome for event in events_of(invocation)}
        server_error = invocation.failed or any(each.startswith("5") for each in outcomes)
        client_error = any(each.startswith("4") for each in outcomes)
        yield from response(server_error=server_error, client_error=client_error)
    for document in invocation.metrics:
        yield from _embedded(document)


def response(*, server_error: bool, client_error: bool) -> Iterator[tuple[Metric, float]]:
    """Yield the API's metrics, which HTTP and REST APIs name differently."""
    values = {
        "Count": 1.0,
        "4xx": float(client_error),
        "4XXError": float(client_error),
        "5xx": float(server_error),
        "5XXError": float(server_error),
    }
    for name, value in values.items():
        yield Metric(namespace="AWS/ApiGateway", name=name), value


def _embedded(document: Mapping[str, Any]) -> Iterator[tuple[Metric, float]]:
    """Yield the values of a document in CloudWatch's embedded metric format."""
    for directive in document["_aws"].get("CloudWatchMetrics", ()):
        for names in directive["Dimensions"]:
            dimensions = frozenset((name, str(document[name])) for name in names)
            for definition in directive["Metrics"]:
                name = definition["Name"]
                metric = Metric(namespace=directive["Namespace"], name=name, dimensions=dimensions)
                values = document[name]
                for value in values if isinstance(values, list) else [values]:
                    yield metric, float(value)
