"""Structured logs: JSON lines on standard output, without personal data.

The standard library's json alone: Powertools' Logger costs clients a longer cold start, and every
order CPU (docs/adr/0037).
"""

import json
import os
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, Self

from handlers.common.contract import iso_8601
from handlers.common.masking import LONGEST_ADDRESS, mask

_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")

# Texts are cut to this length before they are masked. Tracebacks of these handlers are shorter.
_LONGEST_TEXT: Final = 8_192

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Logger:
    """Writes the log lines of a component; LOG_LEVEL is the lowest level that is written.

    Email addresses are masked in every text of a line, also in exceptions. A traceback is in
    `exception` only. A field that is None is left out.
    """

    def __init__(
        self,
        component: str,
        *,
        fields: Mapping[str, Any] = _NOTHING,
        details: Mapping[str, Any] = _NOTHING,
    ) -> None:
        self._component = component
        self._levels = _LEVELS[_LEVELS.index(os.environ["LOG_LEVEL"]) :]
        self._fields = fields
        self._details = details

    def bind(self, *, details: Mapping[str, Any] = _NOTHING, **fields: Any) -> Self:
        """Return a logger for one request or message, whose lines have more fields.

        Warnings and errors have the `details` as well; the line about a success does without.
        """
        return type(self)(
            self._component,
            fields={**self._fields, **fields},
            details={**self._details, **details},
        )

    def add(self, **fields: Any) -> None:
        """Add fields to this logger's further lines, also to those that its owner writes."""
        self._fields = {**self._fields, **fields}

    def info(self, message: str, **fields: Any) -> None:
        """Log a success."""
        self._write("INFO", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """Log what was refused, or not done, without an error of this software."""
        self._write("WARNING", message, {**self._details, **fields})

    def error(self, message: str, *, exc_info: bool = False, **fields: Any) -> None:
        """Log a failure, with the traceback of the exception that is being handled if wanted."""
        exception = _exception() if exc_info else {}
        self._write("ERROR", message, {**self._details, **fields, **exception})

    def exception(self, message: str, *args: object, **fields: Any) -> None:
        """Log a failure with its traceback; `args` are formatted into the message."""
        self.error(message % args, exc_info=True, **fields)

    def _write(self, level: str, message: str, fields: Mapping[str, Any]) -> None:
        if level not in self._levels:
            return
        line = {
            "timestamp": iso_8601(datetime.now(UTC)),
            "level": level,
            "component": self._component,
            "message": message,
            **self._fields,
            **fields,
            **_trace(),
        }
        write(_masked({name: value for name, value in line.items() if value is not None}))


def write(document: Mapping[str, Any]) -> None:
    """Write a line of JSON to standard output, which Lambda sends to CloudWatch unchanged."""
    line = _ENCODER.encode(document)
    if not line.isascii():
        # UTF-8 cannot encode a lone surrogate; JSON can escape it.
        line = line.encode(errors="backslashreplace").decode()
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _exception() -> dict[str, str]:
    error = sys.exception()
    if error is None:
        return {}
    return {
        "exception_name": type(error).__name__,
        "exception": "".join(traceback.format_exception(error)).rstrip("\n"),
    }


def _trace() -> Mapping[str, str]:
    """Return the ID of the trace, if X-Ray records the invocation."""
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    if "Sampled=1" not in header:
        return _NOTHING
    return {"xray_trace_id": header.partition(";")[0].removeprefix("Root=")}


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
