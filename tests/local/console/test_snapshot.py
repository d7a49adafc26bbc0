"""What is slow to read is not read for every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.console.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.time


def _counter(clock: Clock, seconds: float) -> Callable[[], int]:
    """Return a reader that counts its calls, and takes some seconds."""
    count = 0

    def read() -> int:
        nonlocal count
        count += 1
        clock.time += seconds
        return count

    return read


@pytest.mark.parametrize(("reading", "age"), [(0, 1), (0.1, 1), (0.5, 2.5), (3, 15)])
def test_reading_takes_a_sixth_of_the_time(reading: float, age: float) -> None:
    """A value is read again after a second, or after five times as long as its reading took."""
    clock = Clock()
    snapshot = Snapshot(_counter(clock, reading), clock=clock)
    assert snapshot.get() == 1
    clock.time += age * 0.9
    assert snapshot.get() == 1
    clock.time += age * 0.2
    assert snapshot.get() == 2


def test_what_was_changed_is_read_again() -> None:
    """After an action the old value is not shown."""
    clock = Clock()
    snapshot = Snapshot(_counter(clock, 1), clock=clock)
    assert snapshot.get() == 1
    snapshot.expire()
    assert snapshot.get() == 2


def test_a_failed_reading_is_tried_again() -> None:
    """An error is the caller's, and the next call reads again."""
    results = [ValueError("first"), "value"]

    def read() -> str:
        result = results.pop(0)
        if isinstance(result, ValueError):
            raise result
        return str(result)

    snapshot = Snapshot(read)
    with pytest.raises(ValueError, match="first"):
        snapshot.get()
    assert snapshot.get() == "value"
