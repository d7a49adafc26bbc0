"""Throttled invocations: the one metric of Lambda that no log shows, and that the emulator has."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from local.monitoring.events import API_FUNCTIONS
from local.monitoring.metrics import Metric, failed_response, lambda_metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tooling.clients import ClientFactory


class Throttles:
    """Reads how often the deployed functions were throttled."""

    def __init__(self, client: ClientFactory, functions: Callable[[], Mapping[str, str]]) -> None:
        """Describe the functions; `functions` returns their names by package."""
        self._client = client
        self._functions = functions
        self._since = time.time()

    def read(self, now: float) -> Iterator[tuple[Metric, float, float]]:
        """Yield metrics with a value and its Unix time, for the time since the last call.

        A request for a throttled function is one that the API responds to with a 5xx status.
        """
        functions = dict(enumerate(self._functions().items()))
        if not functions:
            return
        results = self._client("cloudwatch").get_metric_data(
            MetricDataQueries=[
                _query(f"q{number}", name) for number, (_, name) in functions.items()
            ],
            StartTime=datetime.fromtimestamp(self._since, UTC),
            EndTime=datetime.fromtimestamp(now, UTC),
        )["MetricDataResults"]
        self._since = now
        for result in results:
            package, name = functions[int(result["Id"].removeprefix("q"))]
            for timestamp, value in zip(result["Timestamps"], result["Values"], strict=True):
                at = timestamp.timestamp()
                yield lambda_metric("Throttles", name), value, at
                if package in API_FUNCTIONS:
                    yield from ((metric, each * value, at) for metric, each in failed_response())


def _query(number: str, function: str) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Throttles",
        "Dimensions": [{"Name": "FunctionName", "Value": function}],
    }
    return {"Id": number, "MetricStat": {"Metric": metric, "Period": 1, "Stat": "Sum"}}
