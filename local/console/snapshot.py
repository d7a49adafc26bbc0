"""Snapshots: what is slow to read is read once for many requests, and not too often."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

# Reading takes a sixth of the time at most, however much there is to read.
_TIMES = 5


class Snapshot(Generic[T]):
    """A value that is read again once it is older than a second, or five times its reading.

    Every change is published again (`local/console/topics.py`), so that a value that was too young
    to be read again at the first time is read again later.
    """

    def __init__(
        self,
        read: Callable[[], T],
        *,
        seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._values: list[T] = []
        self._expires_at = 0.0

    def get(self) -> T:
        """Return the value; raises what reading raises."""
        with self._lock:
            start = self._clock()
            if not self._values or start >= self._expires_at:
                self._values = [self._read()]
                end = self._clock()
                self._expires_at = end + max(self._seconds, _TIMES * (end - start))
            return self._values[0]

    def expire(self) -> None:
        """Have the value read again at the next use: it was changed."""
        with self._lock:
            self._expires_at = 0.0
