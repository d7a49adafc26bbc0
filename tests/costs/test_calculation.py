"""What orders cost: the calculation, with figures that are easy to check by hand."""

from __future__ import annotations

import dataclasses

import pytest

from costs import prices
from costs.calculation import (
    Costs,
    FunctionUse,
    Kept,
    OrderUse,
    StackUse,
    Write,
    batch_fill,
    billed_milliseconds,
    monthly_costs,
    order_costs,
    storage_costs,
    traced_share,
)

# One function, one write, one queue: 1 ms of 1 GB, 1 KB of log.
_SMALL = OrderUse(
    gateway="http",
    functions={"orders": FunctionUse(memory_mb=1024, milliseconds=1, log_bytes=1000)},
    writes=[Write(table="orders", item_bytes=1024)],
    queues={"email": 10},
    events_per_publish=10,
)


def _of_a_million(use: OrderUse) -> dict[str, float]:
    return {name: round(usd, 4) for name, usd in order_costs(use).lines.items()}


def test_each_service_is_a_line() -> None:
    """A million orders cost what the price list says for each service."""
    assert _of_a_million(_SMALL) == {
        "API Gateway": 1.0,
        "data transfer": 0.0,
        "Lambda invocations": 0.2,
        "Lambda duration": 0.0133,
        "DynamoDB, orders": 0.625,
        "SNS": 0.05,
        "SQS": 0.48,  # a send, and a tenth of a receive and of a delete
        "logs of functions": 0.5,
        "access log": 0.0,
        "X-Ray": 0.0,
    }


def test_a_rest_api_costs_more() -> None:
    """The gateway decides on the price of a request."""
    assert _of_a_million(dataclasses.replace(_SMALL, gateway="rest"))["API Gateway"] == 3.5


def test_a_batch_shares_an_invocation() -> None:
    """Invocations, their lines in the log and their traces are shared by the orders of a batch."""
    function = FunctionUse(
        memory_mb=1024, milliseconds=10, orders=10, invocation_log_bytes=1000, traced=1
    )
    lines = _of_a_million(dataclasses.replace(_SMALL, functions={"audit": function}))
    assert lines["Lambda invocations"] == 0.02
    assert lines["Lambda duration"] == 0.0133
    assert lines["logs of functions"] == 0.05
    assert lines["X-Ray"] == 0.5


@pytest.mark.parametrize(
    ("write", "units"),
    [
        (Write(table="orders", item_bytes=1), 1),
        (Write(table="orders", item_bytes=1024), 1),
        (Write(table="orders", item_bytes=1025), 2),
        (Write(table="orders", item_bytes=1025, indexes=1), 4),
        (Write(table="sent-emails", item_bytes=200, per_order=3), 3),
    ],
)
def test_writes_cost_by_kilobytes_and_indexes(write: Write, units: float) -> None:
    """A write costs a unit for each KB begun, in the table and in each index."""
    assert write.units == units


def test_writes_to_a_table_are_one_line() -> None:
    """Writes to the same table are added up."""
    writes = [Write(table="sent-emails", item_bytes=200)] * 2
    lines = _of_a_million(dataclasses.replace(_SMALL, writes=writes))
    assert lines["DynamoDB, sent-emails"] == 1.25


def test_many_orders_earn_discounts() -> None:
    """Above its tier a request is cheaper, and a million orders cost the average."""
    lines = order_costs(_SMALL, orders_per_month=600_000_000).lines
    assert lines["API Gateway"] == pytest.approx(0.95)


def test_tiers_are_cheaper_from_their_beginning_on() -> None:
    """Each tier's price holds for the units above its beginning, and below the next tier's."""
    price = prices.Price(usd=3, per=1, unit="", source="", evidence="AWS", tiers=[(10, 2), (20, 1)])
    assert [price.cost(units) for units in (0, 10, 15, 20, 30)] == [0, 30, 40, 50, 60]


def test_tiers_of_every_price_fall() -> None:
    """No tier of a price begins before the one below it, or costs more."""
    for price in _prices():
        begins = [begin for begin, _ in price.tiers]
        usd = [price.usd, *(usd for _, usd in price.tiers)]
        assert begins == sorted(begins), price.unit
        assert usd == sorted(usd, reverse=True), price.unit


def _prices() -> list[prices.Price]:
    return [value for value in vars(prices).values() if isinstance(value, prices.Price)]


def test_every_price_has_a_source() -> None:
    """Every price names a page of AWS."""
    assert len(_prices()) > 15
    assert all(price.source.startswith("https://") for price in _prices())
    assert all(".aws.amazon.com/" in price.source.replace("//", "//.") for price in _prices())


def test_storage_counts_indexes_and_backups() -> None:
    """An item is kept in its table, in each index, and in the backup of the table."""
    costs = storage_costs([Kept(table="orders", item_bytes=1000, months=3, indexes=1)])
    assert costs.total == pytest.approx(3 * (2 * 0.25 + 0.20))


def test_a_stack_costs_without_orders() -> None:
    """Alarms, dashboards, metrics, the key and the polling of queues cost each month."""
    use = StackUse(
        alarm_metrics=10,
        dashboards=2,
        metrics=10,
        keys=1,
        key_requests=10_000,
        queues=2,
        provisioned_gb=1,
    )
    assert {name: round(usd, 2) for name, usd in monthly_costs(use).lines.items()} == {
        "alarms": 1.0,
        "dashboards": 6.0,
        "metrics": 3.0,
        "KMS key": 1.0,
        "KMS requests": 0.03,
        "polling of queues": 0.52,
        "provisioned concurrency": 8.64,
    }


def test_the_total_is_the_sum() -> None:
    """The total of a breakdown is the sum of its lines."""
    assert Costs({"a": 1.5, "b": 2}).total == 3.5


@pytest.mark.parametrize(
    ("rate", "share"), [(0.4, 1), (1, 1), (2, 0.525), (101, 6 / 101), (1_000_000, 0.05)]
)
def test_lambda_traces_the_first_of_each_second(rate: float, share: float) -> None:
    """Lambda traces one invocation a second and 5 % of the others."""
    assert traced_share(rate) == pytest.approx(share, abs=1e-5)


@pytest.mark.parametrize(
    ("rate", "window", "messages"),
    [(0.4, 0, 1), (1_000, 0, 1), (10, 5, 10), (4, 5, 4), (0.1, 5, 1)],
)
def test_batches_fill_within_their_window(rate: float, window: float, messages: float) -> None:
    """A batch holds what arrives within the window, from one message to the batch size."""
    fill = batch_fill(rate, batch_size=10, window_seconds=window, batches_at_once=5)
    assert fill == pytest.approx(messages)


def test_memory_buys_cpu() -> None:
    """CPU work takes longer with less memory, up to one vCPU; waiting takes as long."""
    times = [
        billed_milliseconds(cpu_milliseconds=1, memory_mb=memory, waiting_milliseconds=5)
        for memory in (1769, 10_240)
    ]
    assert times == [6, 6]
    half = billed_milliseconds(cpu_milliseconds=1, memory_mb=884, waiting_milliseconds=5)
    assert half == pytest.approx(7, abs=0.01)
