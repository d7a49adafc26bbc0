"""The cost of a month: views that agree, and a total that is computed by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from costs.month import month
from costs.usage import total, totals
from tests.costs.support import EVERY_STACK, graph_of
from tests.support.stacks import SHIPPED, stack_of

if TYPE_CHECKING:
    from pathlib import Path

_EVERY = pytest.mark.parametrize("path", EVERY_STACK, ids=stack_of)

# Orders, from one to the most that the command takes.
_ORDERS = (1, 720, 10_000, 1_000_000, 250_000_000, 25_920_000_000)


def test_a_stack_s_month_is_computed_by_hand() -> None:
    """A million orders in a month of the stack dev cost what a calculation by hand gives."""
    million = Decimal(1_000_000)
    gb = Decimal(10**9)
    # Nothing shares a batch at 0.39 orders a second, and X-Ray traces each order. All functions
    # have less than one vCPU: a 512 MB function takes 1,769/512 of the CPU time, and so on.
    cpu_orders, cpu_256 = Decimal(1769) / 512, Decimal(1769) / 256
    orders_ms = Decimal("0.66") * cpu_orders + 5
    relay_ms = Decimal("0.25") * cpu_256 + 15
    email_ms = Decimal("1.2") * cpu_256 + 2 * 5 + 60
    audit_ms = Decimal("0.2") * cpu_256 + 5
    gb_seconds = (orders_ms / 2 + (relay_ms + email_ms + audit_ms) / 4) / 1000
    log_bytes = 711 + 280 + (280 + 288) + (283 + 307) + 4 * 270
    by_orders = {
        "API Gateway": Decimal("1.00"),
        "Data transfer": 700 * million / gb * Decimal("0.09"),
        "Lambda": 4 * Decimal("0.20") + million * gb_seconds * Decimal("0.0000133334"),
        # Seven writes of 1 KB: two tables with an index, and three of the idempotency record. Items
        # are kept for one, two and twelve months, in the table, the index and the backup.
        "DynamoDB": 7 * Decimal("0.625")
        + million / gb * 639 * 1 * (2 * Decimal("0.25") + Decimal("0.20"))
        + million / gb * 271 * 2 * (Decimal("0.25") + Decimal("0.20"))
        + million / gb * 616 * 12 * (2 * Decimal("0.25") + Decimal("0.20")),
        "SNS": Decimal("0.50"),
        "SQS": 2 * 3 * Decimal("0.40"),
        "SES": Decimal("100.00"),
        "X-Ray": Decimal("5.00"),
        # The logs are kept for seven days, at 15 % of their size.
        "CloudWatch": million / gb * (log_bytes + 320) * Decimal("0.50")
        + million / gb * (log_bytes + 320) * Decimal("0.15") * 7 / 30 * Decimal("0.03"),
        # Requests in five minutes for the keys of AWS: one for each table, three for the topic.
        "KMS": (3 + 3) * Decimal(30 * 24 * 12) / 10_000 * Decimal("0.03"),
    }
    fixed = {
        # Eight alarms of one metric, and seven metrics of the handlers.
        "CloudWatch": 8 * Decimal("0.10") + 7 * Decimal("0.30"),
        # Five long polls of 20 seconds, of each of two queues.
        "SQS": 2 * 5 * Decimal(30 * 24 * 3600) / 20 / million * Decimal("0.40"),
    }
    costs = totals(month(graph_of(SHIPPED["dev"]), 1_000_000), lambda usage: usage.price.service)
    assert {name: round(cost.orders, 6) for name, cost in costs.items()} == {
        name: pytest.approx(float(usd), abs=1e-6) for name, usd in by_orders.items()
    }
    assert {name: cost.fixed for name, cost in costs.items() if cost.fixed} == {
        name: pytest.approx(float(usd)) for name, usd in fixed.items()
    }


@_EVERY
def test_costs_grow_with_orders(path: Path) -> None:
    """More orders never cost less, and leave what the stack costs anyway as it is."""
    months = [total(cost for _, cost in month(graph_of(path), orders)) for orders in _ORDERS]
    by_orders = [each.orders for each in months]
    assert by_orders == sorted(by_orders)
    assert by_orders[0] > 0
    assert [each.fixed for each in months] == pytest.approx([months[0].fixed] * len(months))


@_EVERY
@pytest.mark.parametrize("orders", _ORDERS)
def test_every_view_has_the_same_total(path: Path, orders: int) -> None:
    """Resources, services and lines of the tables cost the same together."""
    costs = month(graph_of(path), orders)
    keys = (
        lambda usage: usage.resource,
        lambda usage: usage.price.service,
        lambda usage: usage.line,
    )
    expected = total(cost for _, cost in costs)
    for key in keys:
        view = total(totals(costs, key).values())
        assert (view.fixed, view.orders) == pytest.approx((expected.fixed, expected.orders))


def test_a_higher_rate_fills_batches() -> None:
    """Orders that come within hours share batches and traces, and cost less."""
    graph = graph_of(SHIPPED["dev"])
    spread, busy = (
        total(cost for _, cost in month(graph, 1_000_000, rate=rate)) for rate in (None, 100)
    )
    assert busy.orders < spread.orders - 6
    assert busy.fixed == spread.fixed
