"""Records the metrics of a local stack during a load test."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any, Final, Self

from local.monitoring.activity import Activity
from local.monitoring.metrics import values_of
from local.monitoring.polling import Polling
from local.monitoring.queue_depths import QueueDepths
from local.monitoring.throttles import Throttles
from tooling import aws_metrics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.dashboards.samples import Samples
    from local.monitoring.invocations import Invocation
    from tooling.clients import ClientFactory

_POLL_SECONDS: Final = 5.0
# The clients measure these metrics of the API; the functions' logs would count each request twice.
_OF_CLIENTS: Final = "AWS/ApiGateway"


class Recording:
    """Adds what functions log, queues hold and Lambda throttles to samples."""

    def __init__(self, client: ClientFactory, outputs: Mapping[str, Any], samples: Samples) -> None:
        self._samples = samples
        self._names: Mapping[str, str] = outputs["functionNames"]
        self._depths = QueueDepths(client, lambda: outputs)
        self._throttles = Throttles(client, lambda: self._names)
        self._activity = Activity(client, lambda: self._names)
        self._activity.subscribe_to_invocations(self._take)
        self._polling = Polling("dashboard metrics", self._poll, seconds=_POLL_SECONDS)
        samples.units.update(
            {(each.namespace, each.name): each.unit for each in aws_metrics.AWS_METRICS}
        )

    @contextlib.contextmanager
    def running(self) -> Iterator[Self]:
        """Record for the length of a block, and then what has been logged until its end."""
        self._activity.start()
        self._polling.start()
        try:
            yield self
        finally:
            self._polling.stop()
            self._activity.stop()
            self._activity.poll()
            self._poll()
            self._samples.end = time.time()

    def _poll(self) -> None:
        now = time.time()
        for metric, value in self._depths.read().items():
            self._samples.add(metric, value, now)
        for metric, value, at in self._throttles.read(now):
            if metric.namespace != _OF_CLIENTS:
                self._samples.add(metric, value, at)

    def _take(self, invocations: Sequence[Invocation]) -> None:
        for invocation in invocations:
            at = invocation.at.timestamp()
            for metric, value in values_of(invocation, self._names.get(invocation.function, "")):
                if metric.namespace != _OF_CLIENTS:
                    self._samples.add(metric, value, at)
            for document in invocation.metrics:
                self._add_units(document)

    def _add_units(self, document: Mapping[str, Any]) -> None:
        for directive in document["_aws"]["CloudWatchMetrics"]:
            for metric in directive["Metrics"]:
                key = (directive["Namespace"], metric["Name"])
                self._samples.units[key] = metric.get("Unit", "None")
