"""The tables of docs/scale.md: `python -m benchmarks.scale --write` or `--check`.

They follow from the figures of an order, the price list and the presets in `examples/`.
"""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Final

from costs import prices
from costs.calculation import OrderUse, order_usages, storage_usages
from costs.claim import CLAIMED
from costs.order_figures import KEPT
from costs.sizing import Sizing
from costs.stacks import ALARM_METRICS, sizing, stack_usages
from costs.usage import SECONDS_PER_MONTH, Usage, price, totals
from infra.config import StackConfig
from openapi import files
from tooling import markdown
from tooling.root import ROOT

PAGE: Final = ROOT / "docs" / "scale.md"

# Orders a second, with the preset for that rate; the first is a million orders a month.
_EXAMPLES: Final[Mapping[float, str | None]] = {
    prices.MILLION / SECONDS_PER_MONTH: None,
    10: None,
    100: "orders-100",
    1_000: "orders-1000",
}


def sizings() -> list[Sizing]:
    """Return the sizing of the default configuration and of each preset, by rate."""
    return [sizing(_configuration(example), rate) for rate, example in _EXAMPLES.items()]


def _configuration(example: str | None) -> StackConfig:
    if example is None:
        return files.default_configuration()
    return files.load_file(ROOT / "examples" / f"Pulumi.{example}.yaml")


def generate(page: str) -> str:
    """Return the page with each of its tables generated anew."""
    tables = {
        "capacity": _capacity_table(),
        "throughput": _throughput_table(),
        "costs": _cost_table(),
        "storage": _storage_table(),
        "stack": _stack_table(),
        "comparison": _comparison_table(),
    }
    return markdown.fill(page, tables)


def _capacity_table() -> str:
    rates = (100, 1_000, 10_000)
    default = sizing(files.default_configuration(), rates[0])
    return markdown.table(
        (
            "function",
            "memory, MB",
            "ms per order",
            *(f"concurrency at {rate:,}/s" for rate in rates),
        ),
        (
            (
                f"`{name}`",
                f"{default.memory_mb[name]}",
                f"{default.milliseconds(name):.1f}",
                *(f"{rate * default.milliseconds(name) / 1000:.1f}" for rate in rates),
            )
            for name in default.functions
        ),
    )


def _throughput_table() -> str:
    columns = {
        "default" if example is None else f"`{example}`": stack
        for example, stack in zip(_EXAMPLES.values(), sizings(), strict=True)
    }
    return markdown.table(
        ("orders a second", *columns),
        (
            (f"`{name}`", *(f"{stack.capacity(name):,.0f}" for stack in columns.values()))
            for name in ("relay", *sizings()[0].consumers)
        ),
    )


def order_costs(use: OrderUse, orders: float) -> Mapping[str, float]:
    """Return what a million orders cost by line, as part of the orders of a month, without SES."""
    lines = _by_line(order_usages(use, orders))
    return {
        line: usd * prices.MILLION / orders
        for line, usd in lines.items()
        if line not in ("SES", "SMTP")
    }


def _by_line(usages: Iterable[Usage]) -> Mapping[str, float]:
    costs = totals(price(list(usages)), lambda usage: usage.line)
    return {line: cost.total for line, cost in costs.items()}


def _cost_table() -> str:
    columns = [order_costs(each.use, each.rate * SECONDS_PER_MONTH) for each in sizings()]
    heads = (
        f"{rate:,.1f}/s, default" if example is None else f"{rate:,}/s, `{example}`"
        for rate, example in _EXAMPLES.items()
    )
    rows = ((name, *(f"{column[name]:.2f}" for column in columns)) for name in columns[0])
    totals_row = [sum(column.values()) for column in columns]
    total = ("**a million orders**", *(f"**{usd:.2f}**" for usd in totals_row))
    month = (
        "a month of this rate",
        *(
            f"{usd * rate * SECONDS_PER_MONTH / prices.MILLION:,.0f}"
            for rate, usd in zip(_EXAMPLES, totals_row, strict=True)
        ),
    )
    return markdown.table(("USD", *heads), [*rows, total, month])


def _storage_table() -> str:
    costs = _by_line(storage_usages(KEPT, prices.MILLION))
    return markdown.table(
        ("table", "bytes of an item", "indexes", "months", "USD per million orders"),
        (
            (
                f"`{kept.table}`",
                f"{kept.item_bytes}",
                f"{kept.indexes}",
                f"{kept.months:g}",
                f"{costs[f'storage, {kept.table}']:.2f}",
            )
            for kept in KEPT
        ),
    )


def _stack_table() -> str:
    levels = [_by_line(stack_usages(level, keys=1)) for level in ALARM_METRICS]
    rows = ((name, *(f"{level[name]:.2f}" for level in levels)) for name in levels[0])
    total = ("**total**", *(f"**{sum(level.values()):.2f}**" for level in levels))
    return markdown.table(
        ("USD a month", *(f"`{level}`" for level in ALARM_METRICS)), [*rows, total]
    )


def _comparison_table() -> str:
    """Return the claimed costs beside those of the same path, and of everything."""
    everything = sizings()[0].use
    path = dataclasses.replace(
        everything,
        functions={"orders": everything.functions["orders"]},
        writes=[write for write in everything.writes if write.table == "orders"],
        queues={},
        events_per_publish=math.inf,
    )
    columns = [_by_service(use) for use in (path, everything)]
    rows = (
        (name, f"{CLAIMED.get(name, 0):.2f}", *(f"{column[name]:.2f}" for column in columns))
        for name in columns[0]
    )
    totals = (f"**{sum(each.values()):.2f}**" for each in (CLAIMED, *columns))
    return markdown.table(
        ("USD", "claimed", "here, without fan-out", "here"), [*rows, ("**total**", *totals)]
    )


def _by_service(use: OrderUse) -> Mapping[str, float]:
    """Return what a month with a million orders costs, `monitoring: essential` included."""
    usages = [
        *order_usages(use, prices.MILLION),
        *stack_usages("essential", keys=1),
    ]
    left_out = {"SES", "SMTP"} if use.queues else {"SES", "SMTP", "polling of queues"}
    costs = totals(
        price([each for each in usages if each.line not in left_out]),
        lambda usage: usage.price.service,
    )
    together = {
        "API Gateway": ("API Gateway", "Data transfer"),
        "SNS, SQS": ("SNS", "SQS"),
    }
    services = ("API Gateway", "Lambda", "DynamoDB", "CloudWatch", "KMS", "SNS, SQS", "X-Ray")
    return {
        service: sum(
            costs[name].total for name in together.get(service, (service,)) if name in costs
        )
        for service in services
    }


if __name__ == "__main__":
    markdown.run("benchmarks.scale", PAGE, generate)
