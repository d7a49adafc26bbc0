"""What orders cost: the calculation, with figures that are easy to check by hand."""

from __future__ import annotations

import dataclasses

import pytest

from costs import prices
from costs.calculation import (
    FunctionUse,
    Kept,
    OrderUse,
    Write,
    batch_fill,
    billed_milliseconds,
    order_usages,
    storage_usages,
    traced_share,
)
from costs.price import Price
from costs.usage import price, totals

# One function, one write, one queue: 1 ms of 1 GB, 1 KB of log.
_SMALL = OrderUse(
    gateway="http",
    functions={"orders": FunctionUse(memory_mb=1024, milliseconds=1, log_bytes=1000)},
    writes=[Write(table="orders", item_bytes=1024)],
    queues={"email": 10},
    events_per_publish=10,
)


def _of_a_million(use: OrderUse, orders: int = prices.MILLION) -> dict[str, float]:
    costs = totals(price(list(order_usages(use, orders))), lambda usage: usage.line)
    return {
        line: round(cost.orders * prices.MILLION / orders, 4)
        for line, cost in costs.items()
        if cost.orders
    }


def test_each_service_is_a_line() -> None:
    """A million orders cost what the price list says for each service."""
    assert _of_a_million(_SMALL) == {
        "API Gateway": 1.0,
        "Lambda invocations": 0.2,
        "Lambda duration": 0.0133,
        "DynamoDB, orders": 0.625,
        "SNS": 0.05,
        "SQS": 0.48,  # a send, and a tenth of a receive and of a delete
        "logs of functions": 0.5,
        "SES": 100.0,
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
    assert _of_a_million(_SMALL, 600_000_000)["API Gateway"] == pytest.approx(0.95)


def test_provisioned_executions_run_for_less() -> None:
    """A function with provisioned concurrency pays another price for its duration."""
    function = FunctionUse(memory_mb=1024, milliseconds=1000, is_provisioned=True)
    lines = _of_a_million(dataclasses.replace(_SMALL, functions={"orders": function}))
    assert lines["Lambda duration"] == 7.7778


def test_emails_of_another_server_are_transferred() -> None:
    """An order whose email SES does not send costs the transfer of the email."""
    lines = _of_a_million(dataclasses.replace(_SMALL, emails_by_ses=0, smtp_bytes=1000))
    assert lines["SMTP"] == 0.09
    assert "SES" not in lines


def test_tiers_are_cheaper_from_their_beginning_on() -> None:
    """Each tier's price holds for the units above its beginning, and below the next tier's."""
    tiers = [(10, 2), (20, 1)]
    tiered = Price(service="", usd=3, per=1, unit="", source="", evidence="AWS", tiers=tiers)
    assert [tiered.cost(units) for units in (0, 10, 15, 20, 30)] == [0, 30, 40, 50, 60]


def test_tiers_of_every_price_fall() -> None:
    """No tier of a price begins before the one below it, or costs more."""
    for each in _prices():
        begins = [begin for begin, _ in each.tiers]
        usd = [each.usd, *(usd for _, usd in each.tiers)]
        assert begins == sorted(begins), each.unit
        assert usd == sorted(usd, reverse=True), each.unit


def _prices() -> list[Price]:
    return [value for value in vars(prices).values() if isinstance(value, Price)]


def test_every_price_has_a_source() -> None:
    """Every price names a page of AWS."""
    assert len(_prices()) > 15
    assert all(each.source.startswith("https://") for each in _prices())
    assert all(".aws.amazon.com/" in each.source.replace("//", "//.") for each in _prices())


def test_no_two_prices_have_the_same_unit() -> None:
    """A price is known by its unit, by which usages earn discounts together."""
    units = [each.unit for each in _prices()]
    assert len(set(units)) == len(units)


def test_storage_counts_indexes_and_backups() -> None:
    """An item is kept in its table, in each index, and in the backup of the table."""
    kept = [Kept(table="orders", item_bytes=1000, months=3, indexes=1)]
    costs = price(list(storage_usages(kept, prices.MILLION)))
    assert sum(cost.orders for _, cost in costs) == pytest.approx(3 * (2 * 0.25 + 0.20))


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
