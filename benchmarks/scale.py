"""The tables of docs/scale.md: `python -m benchmarks.scale --write` or `--check`.

They follow from the figures of an order, the price list and the presets in `examples/`.
"""

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Final

from costs import prices
from costs.calculation import (
    SECONDS_PER_MONTH,
    OrderUse,
    monthly_costs,
    order_costs,
    storage_costs,
)
from costs.order_figures import BATCHES, CPU_MILLISECONDS, KEPT, Sizing
from costs.stacks import ALARM_METRICS, sizing, stack_use
from infra.config import StackConfig
from openapi import files
from tooling import markdown
from tooling.root import ROOT

PAGE: Final = ROOT / "docs" / "scale.md"

_BLOCK: Final = re.compile(
    r"(<!-- generated: (\w+) \(make docs\) -->\n).*?(<!-- end of generated -->)", re.DOTALL
)

# Orders a second, with the preset for that rate; the first is a million orders a month.
_EXAMPLES: Final[Mapping[float, str | None]] = {
    prices.MILLION / SECONDS_PER_MONTH: None,
    10: None,
    100: "orders-100",
    1_000: "orders-1000",
}

# What the HTTP platform's description says a million requests cost in a month.
_CLAIMED: Final = {
    "API Gateway": 1.00,
    "Lambda": 2.00,
    "DynamoDB": 1.25,
    "CloudWatch": 5.00,
    "KMS": 1.00,
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
        "capacity": _capacity_table,
        "throughput": _throughput_table,
        "costs": _cost_table,
        "storage": _storage_table,
        "stack": _stack_table,
        "comparison": _comparison_table,
    }
    return _BLOCK.sub(lambda block: f"{block[1]}{tables[block[2]]()}{block[3]}", page)


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
            for name in CPU_MILLISECONDS
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
            for name in ("relay", *BATCHES)
        ),
    )


def _cost_table() -> str:
    columns = [
        order_costs(each.use, orders_per_month=each.rate * SECONDS_PER_MONTH) for each in sizings()
    ]
    heads = (
        f"{rate:,.1f}/s, default" if example is None else f"{rate:,}/s, `{example}`"
        for rate, example in _EXAMPLES.items()
    )
    rows = (
        (name, *(f"{column.lines[name]:.2f}" for column in columns)) for name in columns[0].lines
    )
    total = ("**a million orders**", *(f"**{column.total:.2f}**" for column in columns))
    month = (
        "a month of this rate",
        *(
            f"{column.total * rate * SECONDS_PER_MONTH / prices.MILLION:,.0f}"
            for rate, column in zip(_EXAMPLES, columns, strict=True)
        ),
    )
    return markdown.table(("USD", *heads), [*rows, total, month])


def _storage_table() -> str:
    costs = storage_costs(KEPT)
    return markdown.table(
        ("table", "bytes of an item", "indexes", "months", "USD per million orders"),
        (
            (
                f"`{kept.table}`",
                f"{kept.item_bytes}",
                f"{kept.indexes}",
                f"{kept.months:g}",
                f"{costs.lines[kept.table]:.2f}",
            )
            for kept in KEPT
        ),
    )


def _stack_table() -> str:
    levels = [monthly_costs(stack_use(level, keys=1)) for level in ALARM_METRICS]
    rows = (
        (name, *(f"{level.lines[name]:.2f}" for level in levels))
        for name, usd in levels[0].lines.items()
        if usd
    )
    total = ("**total**", *(f"**{level.total:.2f}**" for level in levels))
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
        (name, f"{_CLAIMED.get(name, 0):.2f}", *(f"{column[name]:.2f}" for column in columns))
        for name in columns[0]
    )
    totals = (f"**{sum(each.values()):.2f}**" for each in (_CLAIMED, *columns))
    return markdown.table(
        ("USD", "claimed", "here, without fan-out", "here"), [*rows, ("**total**", *totals)]
    )


def _by_service(use: OrderUse) -> Mapping[str, float]:
    """Return what a month with a million orders costs, `monitoring: essential` included."""
    lines = {**order_costs(use).lines, **monthly_costs(stack_use("essential", keys=1)).lines}
    services = {
        "API Gateway": ("API Gateway", "data transfer"),
        "Lambda": ("Lambda",),
        "DynamoDB": ("DynamoDB",),
        "CloudWatch": ("logs", "access log", "alarms", "metrics"),
        "KMS": ("KMS",),
        "SNS, SQS": ("SNS", "SQS"),
        "X-Ray": ("X-Ray",),
    }
    return {
        service: sum(usd for name, usd in lines.items() if name.startswith(beginnings))
        for service, beginnings in services.items()
    }


if __name__ == "__main__":
    markdown.run("benchmarks.scale", PAGE, generate)
