"""Logs and metrics, the same for every handler: JSON lines without personal data, and embedded metrics."""

import json
import os
import warnings
from collections.abc import Mapping
from typing import Any, Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

from handlers.common.masking import LONGEST_ADDRESS, mask

__all__ = ["logger", "mask", "metrics", "put_metric"]

# A text in a line is cut to so many characters, before it is masked: about twice the longest of our own tracebacks.
_LONGEST_TEXT: Final = 8_192

# A batch of duplicates has nothing to count, and that is no reason to warn.
warnings.filterwarnings("ignore", message="No application metrics to publish")


def logger(component: str) -> Logger:
    """Return the JSON logger of a component; its level comes from POWERTOOLS_LOG_LEVEL, INFO by default.

    Every text of a line is masked, so that an address inside an exception's text is masked as well. An exception's
    traceback is in `exception`, and nowhere else.
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
    """Return the component's metrics, written to the log (EMF), so that they cost no AWS call.

    The namespace comes from POWERTOOLS_METRICS_NAMESPACE, the dimension `environment` from ENVIRONMENT.
    """
    found = Metrics(service=component)
    found.set_default_dimensions(**_environment())
    return found


def put_metric(component: str, name: str, value: float, unit: MetricUnit, **dimension: str) -> None:
    """Write one metric under a dimension of its own, such as the field of a validation error."""
    with single_metric(name=name, unit=unit, value=value) as metric:
        for key, text in {"service": component, **_environment(), **dimension}.items():
            metric.add_dimension(key, text)


def _environment() -> dict[str, str]:
    return {"environment": os.environ["ENVIRONMENT"]}


def _line(record: dict[str, Any]) -> str:
    record["component"] = record.pop("service")
    line = json.dumps(_masked(record), ensure_ascii=False)
    # A lone surrogate cannot be written; its escape is JSON, too.
    return line if line.isascii() else line.encode(errors="backslashreplace").decode()


def _masked(value: Any) -> Any:
    """Mask the texts in a value, before JSON's escapes could be taken for parts of an address."""
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
    """Leave out the middle of a long text, so that log lines stay short."""
    if len(text) <= _LONGEST_TEXT:
        return text
    half = _LONGEST_TEXT // 2
    # Half an address could not be recognised.
    blank = text.rfind(" ", half - LONGEST_ADDRESS, half)
    head, tail = text[: blank if blank >= 0 else half], text[-half:]
    return f"{head} [... {len(text) - len(head) - len(tail)} characters omitted ...] {tail}"
