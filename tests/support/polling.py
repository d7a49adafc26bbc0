"""Waiting for what happens soon, never longer than agreed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def eventually(probe: Callable[[], T], what: str, *, timeout: float = 15.0, interval: float = 0.02) -> T:
    """The probe's first truthy answer; an AssertionError that names what was awaited when none comes in time."""
    deadline = time.monotonic() + timeout
    while True:
        if answer := probe():
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout:g} s: {what}")
        time.sleep(interval)


def never(probe: Callable[[], object], what: str, *, during: float = 1.0, interval: float = 0.05) -> None:
    """Watch for a while that something does not happen."""
    deadline = time.monotonic() + during
    while time.monotonic() < deadline:
        if seen := probe():
            raise AssertionError(f"must not happen: {what}, but saw {seen!r}")
        time.sleep(interval)
