"""Metrics in CloudWatch's embedded metric format (EMF): log lines, without an AWS call.

Powertools' Metrics writes a line for each set of dimensions, and lengthens the cold start
(docs/adr/0037).
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import os
import time
from collections.abc import Mapping
from typing import Any, Final, Literal

from handlers.common import logs

Unit = Literal["Count", "Milliseconds", "None"]

# A metric in one document.
_MAX_VALUES: Final = 100

Dimensions = tuple[tuple[str, str], ...]


class Metrics:
    """The metrics of a component, collected during an invocation and written at its end.

    The namespace is METRICS_NAMESPACE. The dimension `environment` is ENVIRONMENT, and `service`
    the component.
    """

    def __init__(self, component: str) -> None:
        self._namespace = os.environ["METRICS_NAMESPACE"]
        self._common = {"environment": os.environ["ENVIRONMENT"], "service": component}
        self._values: dict[tuple[str, Unit, Dimensions], list[float]] = {}

    def add(self, name: str, value: float = 1, *, unit: Unit = "Count", **dimensions: str) -> None:
        """Add a value, with further dimensions such as the field of a validation error.

        Counts of one invocation are added up; other units keep every value.
        """
        key = (name, unit, tuple(dimensions.items()))
        self._values.setdefault(key, []).append(value)

    def flush(self) -> None:
        """Write what was added: one line, unless a dimension has several values."""
        documents: list[_Document] = []
        for (name, unit, dimensions), values in self._values.items():
            added = [sum(values)] if unit == "Count" else values
            for start in range(0, len(added), _MAX_VALUES):
                document = next((d for d in documents if d.has_room(name, dimensions)), None)
                if document is None:
                    document = _Document(self._common)
                    documents.append(document)
                document.add(name, unit, dimensions, added[start : start + _MAX_VALUES])
        self._values.clear()
        for document in documents:
            logs.write(document.to_json(self._namespace))


class _Document:
    """One EMF document. Each dimension has one value in it, and each metric one set of values."""

    def __init__(self, common: Mapping[str, str]) -> None:
        self._common = tuple(common)
        self._members: dict[str, Any] = dict(common)
        self._metrics: dict[tuple[str, ...], list[dict[str, str]]] = {}

    def has_room(self, name: str, dimensions: Dimensions) -> bool:
        """Whether the document has neither the metric nor another value of a dimension."""
        return name not in self._members and all(
            self._members.get(key, value) == value for key, value in dimensions
        )

    def add(self, name: str, unit: Unit, dimensions: Dimensions, values: list[float]) -> None:
        """Add a metric."""
        self._members.update(dimensions)
        self._members[name] = values if len(values) > 1 else values[0]
        names = (*self._common, *(key for key, _ in dimensions))
        # Without a unit, a metric's unit is None.
        definition = {"Name": name} if unit == "None" else {"Name": name, "Unit": unit}
        self._metrics.setdefault(names, []).append(definition)

    def to_json(self, namespace: str) -> dict[str, Any]:
        """Return the document: one directive for each set of dimensions, and their members."""
        directives = [
            {"Namespace": namespace, "Dimensions": [names], "Metrics": metrics}
            for names, metrics in self._metrics.items()
        ]
        metadata = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": directives}
        return {"_aws": metadata, **self._members}
