"""Logs and metrics, the same for every handler: JSON lines without personal data, and embedded metrics."""

import json
import os
import re
import warnings
from collections.abc import Mapping
from typing import Any, Final

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit, single_metric

# One character of the local part survives, and the domain: enough to recognise an address that one knows.
# It begins where a word does, so that long words without an address cost no more than their length.
_LOCAL_PART: Final = re.compile(r"(?<![^\s@\"'<>\\(),:;])([^\s@\"'<>\\(),:;])[^\s@\"<>\\(),:;]*@")

# A batch of duplicates has nothing to count, and that is no reason to warn.
warnings.filterwarnings("ignore", message="No application metrics to publish")


def mask(text: str) -> str:
    """Replace every e-mail address in a text: `john@example.com` becomes `j***@example.com`."""
    return _LOCAL_PART.sub(r"\1***@", text)


def logger(component: str) -> Logger:
    """Return the JSON logger of a component; its level comes from POWERTOOLS_LOG_LEVEL, INFO by default.

    Every text of a line is masked, so that an address inside an exception's text is masked as well.
    """
    return Logger(service=component, location=None, use_rfc3339=True, utc=True, json_serializer=_line)


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
    return json.dumps(_masked(record), ensure_ascii=False)


def _masked(value: Any) -> Any:
    """Mask the texts in a value, before JSON's escapes could be taken for parts of an address."""
    match value:
        case str():
            return mask(value)
        case None | int() | float():
            return value
        case Mapping():
            return {_masked(name): _masked(part) for name, part in value.items()}
        case list() | tuple():
            return [_masked(part) for part in value]
    return mask(str(value))
