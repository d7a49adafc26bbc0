"""Waiting for what happens soon, never longer than agreed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# What is awaited for long is asked for more and more seldom: asking takes time from what has to happen.
_LONGER_EACH_TIME = 1.25
_LONGEST_PAUSE = 0.1


def eventually(
    probe: Callable[[], T], what: str, *, timeout: float = 15.0, interval: float = 0.02
) -> T:
    """The probe's first truthy answer; an AssertionError that names what was awaited when none comes in time."""
    deadline, pause = time.monotonic() + timeout, interval
    while True:
        if answer := probe():
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what}")
        time.sleep(pause)
        pause = max(interval, min(pause * _LONGER_EACH_TIME, _LONGEST_PAUSE))


def never(
    probe: Callable[[], object], what: str, *, during: float = 1.0, interval: float = 0.05
) -> None:
    """Watch for a while that something does not happen."""
    deadline = time.monotonic() + during
    while time.monotonic() < deadline:
        if seen := probe():
            raise AssertionError(f"must not happen: {what}, but saw {seen!r}")
        time.sleep(interval)
