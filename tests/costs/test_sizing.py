"""What settings of a stack change in an order's costs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from costs.calculation import order_usages, storage_usages
from costs.prices import MILLION
from costs.sizing import Sizing
from costs.usage import price, totals

_STACK = Sizing(
    rate=1,
    gateway="http",
    memory_mb={"orders": 512, "relay": 256, "email": 256, "audit": 256}
    | {"intake": 512, "processor": 512},
    maximum_concurrency={"email": 5, "audit": 5, "processor": 5},
    parallelization_factor=1,
    relay_window_seconds=0,
    trace_sampling=5,
)


def _lines(stack: Sizing) -> dict[str, float]:
    usages = [*order_usages(stack.use, MILLION), *storage_usages(stack.kept, MILLION)]
    costs = totals(price(usages), lambda usage: usage.line)
    return {line: cost.orders for line, cost in costs.items() if cost.orders}


@pytest.mark.parametrize(
    ("changes", "line", "usd"),
    [
        # One order a second: Lambda traces each behind an HTTP API; a REST API has the percentage.
        ({}, "X-Ray", 5.00),
        ({"gateway": "rest"}, "X-Ray", 0.25),
        ({"gateway": "rest", "trace_sampling": 20}, "X-Ray", 1.00),
        ({"gateway": "rest"}, "API Gateway", 3.50),
        ({"storefront": True}, "API Gateway", 2.00),
        # Four functions, and one more behind a queue.
        ({}, "Lambda invocations", 0.80),
        ({"ingestion": "queued"}, "Lambda invocations", 1.00),
        # A relay that waits for 20 seconds publishes the orders of a shard, five, at once.
        ({"relay_window_seconds": 20}, "SNS", 0.10),
        ({"relay_window_seconds": 20}, "Lambda invocations", 0.64),
        # A batch of a minute has twelve messages in each of five pollers: a request gets ten.
        ({"batches": {"email": (20, 60), "audit": (20, 60)}}, "SQS", 0.96),
        ({"retention_days": 30}, "storage, orders", 0.639 * 0.70),
        ({"email_retention_days": 60}, "storage, sent-emails", 0.271 * 2 * 0.45),
        ({"smtp": True}, "SMTP", 0.378),
    ],
)
def test_a_setting_changes_a_line(changes: dict[str, Any], line: str, usd: float) -> None:
    """A line of a million orders costs what the setting makes of it."""
    assert _lines(dataclasses.replace(_STACK, **changes))[line] == pytest.approx(usd)


@pytest.mark.parametrize(
    ("changes", "line"), [({"trace_sampling": 0}, "X-Ray"), ({"smtp": True}, "SES")]
)
def test_a_setting_removes_a_line(changes: dict[str, Any], line: str) -> None:
    """Without traces, or without SES, nothing is paid for them."""
    assert line in _lines(_STACK)
    assert line not in _lines(dataclasses.replace(_STACK, **changes))


def test_less_memory_takes_longer() -> None:
    """A function with half the memory pays half for waiting, and the same for its CPU time."""
    small = dataclasses.replace(_STACK, memory_mb={**_STACK.memory_mb, "orders": 256})
    saved = _lines(_STACK)["Lambda duration"] - _lines(small)["Lambda duration"]
    # DynamoDB responds within 5 ms, for which the function has 0.25 GB less.
    assert saved == pytest.approx(1_000_000 * 0.005 * 0.25 * 0.0000133334)


def test_provisioned_executions_pay_another_price() -> None:
    """The duration of a function with provisioned concurrency costs less."""
    warm = dataclasses.replace(_STACK, provisioned=frozenset({"orders"}))
    assert _lines(warm)["Lambda duration"] < _lines(_STACK)["Lambda duration"]


def test_a_slow_mail_server_costs_duration() -> None:
    """Lambda waits longer for an SMTP server than for SES."""
    smtp = dataclasses.replace(_STACK, smtp=True)
    assert _lines(smtp)["Lambda duration"] > 2 * _lines(_STACK)["Lambda duration"]
