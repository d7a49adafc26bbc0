"""Polling with a timeout."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# Only a failure takes this long: a function's first process starts slowly on a busy machine.
_TIMEOUT_SECONDS = 60.0

# Each pause is longer, because polling takes CPU time from the system under test.
_BACKOFF = 1.25
_LONGEST_PAUSE = 0.1


def eventually(
    probe: Callable[[], T], what: str, *, timeout: float = _TIMEOUT_SECONDS, interval: float = 0.02
) -> T:
    """The probe's first truthy result; an AssertionError that names `what` after the timeout."""
    deadline, pause = time.monotonic() + timeout, interval
    while True:
        if result := probe():
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what}")
        time.sleep(pause)
        pause = max(interval, min(pause * _BACKOFF, _LONGEST_PAUSE))


def never(
    probe: Callable[[], object], what: str, *, during: float = 1.0, interval: float = 0.05
) -> None:
    """Assert for a while that something does not happen."""
    deadline = time.monotonic() + during
    while time.monotonic() < deadline:
        if seen := probe():
            raise AssertionError(f"must not happen: {what}, but saw {seen!r}")
        time.sleep(interval)
