"""docs/scale.md: its tables follow from the figures, and the figures from each other."""

from __future__ import annotations

import dataclasses
import re

import pytest

from benchmarks import scale
from costs.sizing import Sizing

_SIZING = Sizing(
    rate=1_000,
    gateway="http",
    memory_mb={"orders": 512, "relay": 256, "email": 256, "audit": 256},
    maximum_concurrency={"email": 100, "audit": 5},
    parallelization_factor=1,
    relay_window_seconds=0,
    trace_sampling=5,
)


def test_the_page_is_up_to_date() -> None:
    """The page holds the tables that the figures give."""
    page = scale.PAGE.read_text(encoding="utf-8")
    assert scale.generate(page) == page


def test_every_table_is_written() -> None:
    """A changed cell of any table is written anew."""
    page = scale.PAGE.read_text(encoding="utf-8")
    blocks = re.findall(r"generated: \w+ \(make docs\) -->\n\|.*\n\| ---.*\n(\|.*)\n", page)
    assert len(blocks) == 6
    for row in blocks:
        assert scale.generate(page.replace(row, "| changed |", 1)) == page


@pytest.mark.parametrize(("rate", "shards"), [(1, 4), (4_000, 4), (4_001, 5), (10_000, 10)])
def test_a_stream_has_a_shard_for_each_partition(rate: float, shards: int) -> None:
    """A new table has four partitions, and a further one for each thousand writes a second."""
    assert dataclasses.replace(_SIZING, rate=rate).shards == shards


@pytest.mark.parametrize(("window", "orders"), [(0, 62.5), (1, 100)])
def test_the_relay_s_batches_fill_while_they_wait(window: int, orders: float) -> None:
    """A batch of the relay has the orders of a poll or of its window, at most its size."""
    stack = dataclasses.replace(_SIZING, relay_window_seconds=window)
    assert stack.orders_per_invocation["relay"] == orders


def test_parallelization_multiplies_the_relay() -> None:
    """The relay keeps up with as many times the orders as it publishes batches of a shard."""
    stack = dataclasses.replace(_SIZING, parallelization_factor=4)
    assert stack.capacity("relay") == 4 * _SIZING.capacity("relay")


def test_concurrency_is_rate_times_duration() -> None:
    """A consumer keeps up with the rate whose concurrency it may have."""
    rate = _SIZING.capacity("email")
    stack = dataclasses.replace(_SIZING, rate=rate)
    assert stack.concurrency("email") == pytest.approx(_SIZING.maximum_concurrency["email"])


def test_a_request_to_a_queue_has_ten_messages_at_most() -> None:
    """Large batches of a queue need several receives."""
    stack = dataclasses.replace(_SIZING, rate=100_000)
    assert max(stack.use.queues.values()) <= 10


def test_without_tracing_there_are_no_traces() -> None:
    """X-Ray costs nothing where it is off, and behind the API only where it is on."""
    untraced = dataclasses.replace(_SIZING, trace_sampling=0)
    assert {use.traced for use in untraced.use.functions.values()} == {0}
    traced = {name for name, use in _SIZING.use.functions.items() if use.traced > 0}
    assert traced == {"orders"}
