"""The standard output of functions: logs and metrics."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class Console(io.StringIO):
    """The standard output of the last invocation."""

    @contextlib.contextmanager
    def of_one_invocation(self) -> Iterator[None]:
        """Capture standard output, without that of earlier invocations."""
        self.seek(0)
        self.truncate()
        with contextlib.redirect_stdout(self):
            yield

    @property
    def logs(self) -> list[dict[str, Any]]:
        """The log lines."""
        return [line for line in self._lines() if "_aws" not in line]

    @property
    def metrics(self) -> list[dict[str, Any]]:
        """The metrics, in CloudWatch's embedded metric format."""
        return [line for line in self._lines() if "_aws" in line]

    def log(self, message: str) -> dict[str, Any]:
        """The one log line with a message."""
        (log_line,) = (line for line in self.logs if line["message"] == message)
        return log_line

    def metric(self, name: str) -> list[tuple[float, dict[str, str]]]:
        """The values of a metric, each with its dimensions."""
        return [value for line in self.metrics for value in _values(line, name)]

    def _lines(self) -> list[dict[str, Any]]:
        # As in Lambda, only "\n" ends a line.
        return [json.loads(line) for line in self.getvalue().removesuffix("\n").split("\n") if line]


def _values(line: dict[str, Any], name: str) -> Iterator[tuple[float, dict[str, str]]]:
    for directive in line["_aws"]["CloudWatchMetrics"]:
        if any(metric["Name"] == name for metric in directive["Metrics"]):
            values = line[name] if isinstance(line[name], list) else [line[name]]
            for dimensions in directive["Dimensions"]:
                for value in values:
                    yield value, {dimension: line[dimension] for dimension in dimensions}
