"""The values of metrics that a load test causes, each with its time."""

from __future__ import annotations

import json
import math
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, Self

from local.monitoring.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from local.monitoring.metric_math import Value

_PERCENT: Final = 100

_STATISTICS: Final[Mapping[str, Callable[[Sequence[float]], float]]] = {
    "Sum": sum,
    "Average": lambda values: sum(values) / len(values),
    "Maximum": max,
    "Minimum": min,
    "SampleCount": len,
}


class Samples:
    """Values by metric, and the units of metrics by namespace and name.

    `start` and `end` are Unix times. Threads may add values.
    """

    def __init__(self, start: float) -> None:
        self.start = start
        self.end = start
        self.units: dict[tuple[str, str], str] = {}
        self._values: defaultdict[Metric, list[tuple[float, float]]] = defaultdict(list)
        self._lock = threading.Lock()

    def add(self, metric: Metric, value: float, at: float) -> None:
        """Add a value at a Unix time."""
        with self._lock:
            self._values[metric].append((at, value))

    def metrics(self) -> list[Metric]:
        """Return the metrics that have values, sorted."""
        key = lambda metric: (metric.namespace, metric.name, sorted(metric.dimensions))  # noqa: E731
        with self._lock:
            return sorted(self._values, key=key)

    def datapoints(self, metric: Metric, statistic: str, period: float) -> list[Value]:
        """Return the datapoints of the periods since the start; the last one may be shorter."""
        count = max(1, math.ceil((self.end - self.start) / period))
        groups: list[list[float]] = [[] for _ in range(count)]
        with self._lock:
            values = self._values.get(metric, [])
        for at, value in values:
            index = int((at - self.start) // period)
            if 0 <= index < count:
                groups[index].append(value)
        return [_statistic(statistic, group) if group else None for group in groups]

    def write(self, file: Path) -> None:
        """Write everything to a file."""
        content = {
            "start": self.start,
            "end": self.end,
            "units": [[*key, unit] for key, unit in self.units.items()],
            "values": [_to_json(metric, self._values[metric]) for metric in self.metrics()],
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `write` has written."""
        content = json.loads(file.read_text(encoding="utf-8"))
        samples = cls(content["start"])
        samples.end = content["end"]
        samples.units = {(namespace, name): unit for namespace, name, unit in content["units"]}
        for each in content["values"]:
            for metric, at, value in _from_json(each):
                samples.add(metric, value, at)
        return samples


def _statistic(name: str, values: Sequence[float]) -> float:
    """Return a statistic; `p95` is the value that 95 % of the values do not exceed."""
    if name in _STATISTICS:
        return float(_STATISTICS[name](values))
    share = float(name.removeprefix("p")) / _PERCENT
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _to_json(metric: Metric, values: Sequence[tuple[float, float]]) -> dict[str, Any]:
    return {
        "namespace": metric.namespace,
        "name": metric.name,
        "dimensions": sorted(metric.dimensions),
        "values": values,
    }


def _from_json(content: Mapping[str, Any]) -> Iterator[tuple[Metric, float, float]]:
    metric = Metric(
        namespace=content["namespace"],
        name=content["name"],
        dimensions=frozenset((name, value) for name, value in content["dimensions"]),
    )
    for at, value in content["values"]:
        yield metric, at, value
