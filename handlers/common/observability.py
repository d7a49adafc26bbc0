"""Logs (JSON lines without personal data) and metrics (embedded metric format)."""

import json
import os
import warnings
from collections.abc import Mapping
from typing import Any, Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

from handlers.common.masking import LONGEST_ADDRESS, mask

__all__ = ["logger", "mask", "metrics", "put_metric"]

# Texts are cut to this length before they are masked. Tracebacks of these handlers are shorter.
_LONGEST_TEXT: Final = 8_192

# A batch of duplicates counts nothing.
warnings.filterwarnings("ignore", message="No application metrics to publish")


def logger(component: str) -> Logger:
    """Return the JSON logger of a component; its level is POWERTOOLS_LOG_LEVEL.

    Email addresses are masked in every text of a line, also in exceptions. A traceback is in
    `exception` only.
    """
    return Logger(
        service=component,
        location=None,
        use_rfc3339=True,
        utc=True,
        json_serializer=_line,
        serialize_stacktrace=False,
    )


def metrics(component: str) -> Metrics:
    """Return the component's metrics, which are written to the log without an AWS call.

    The namespace is POWERTOOLS_METRICS_NAMESPACE, the dimension `environment` is ENVIRONMENT.
    """
    component_metrics = Metrics(service=component)
    component_metrics.set_default_dimensions(**_environment())
    return component_metrics


def put_metric(component: str, name: str, value: float, unit: MetricUnit, **dimension: str) -> None:
    """Write one metric with an additional dimension, such as the field of a validation error."""
    with single_metric(name=name, unit=unit, value=value) as metric:
        for key, text in {"service": component, **_environment(), **dimension}.items():
            metric.add_dimension(key, text)


def _environment() -> dict[str, str]:
    return {"environment": os.environ["ENVIRONMENT"]}


def _line(record: dict[str, Any]) -> str:
    record["component"] = record.pop("service")
    line = json.dumps(_masked(record), ensure_ascii=False)
    # UTF-8 cannot encode a lone surrogate; JSON can escape it.
    return line if line.isascii() else line.encode(errors="backslashreplace").decode()


def _masked(value: Any) -> Any:
    """Mask the texts in a value; in JSON, escapes could be taken for parts of an address."""
    match value:
        case str():
            return mask(_cut(value))
        case None | int() | float():
            return value
        case Mapping():
            return {_masked(name): _masked(part) for name, part in value.items()}
        case list() | tuple():
            return [_masked(part) for part in value]
    return mask(_cut(str(value)))


def _cut(text: str) -> str:
    """Cut the middle out of a long text."""
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    # Half an address would not be recognised and masked.
    blank = text.rfind(" ", half - LONGEST_ADDRESS, half)
    head, tail = text[: blank if blank >= 0 else half], text[-half:]
    return f"{head} [... {len(text) - len(head) - len(tail)} characters omitted ...] {tail}"
