"""What `make cost` prints: a stack's month by resource, as text or as JSON."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from costs import claim, prices, resource_types
from costs.exclusions import exclusions
from costs.free_types import FREE
from costs.month import month
from costs.usage import SECONDS_PER_MONTH, Cost, most_first, total, totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from costs.graph import Graph
    from costs.usage import Usage

_NAME_WIDTH: Final = 64
_NUMBER_WIDTH: Final = 12
_WIDTH: Final = 100

# Resources of one type that cost the same, from this number on, are one row.
_MANY: Final = 4


@dataclass(frozen=True, kw_only=True)
class Report:
    """The cost of a stack's month; `rate` is the orders a second, None if they spread evenly."""

    stack: str
    region: str
    graph: Graph
    orders: int
    rate: float | None = None

    @property
    def costs(self) -> list[tuple[Usage, Cost]]:
        """All that the stack uses, and what it costs."""
        return month(self.graph, self.orders, rate=self.rate)

    @property
    def free(self) -> Mapping[str, str]:
        """Why types of resources cost nothing, by type."""
        types = {each.type for each in self.graph.resources}
        return {kind: FREE[kind].reason for kind in sorted(types & FREE.keys())}

    def text(self) -> Iterator[str]:
        """Yield the lines of the report."""
        costs = self.costs
        month_total = total(cost for _, cost in costs)
        yield f"Stack {self.stack}: {self.orders:,} orders a month, {self._when()}."
        yield f"USD in US East (N. Virginia), prices of {prices.AS_OF}, without free tiers."
        if self.region != prices.REGION:
            yield f"The stack is in {self.region}, whose prices may differ."
        yield ""
        yield _row("", "fixed", "orders", "month")
        for service, cost in most_first(totals(costs, _service)):
            yield _row(service, *_numbers(cost))
            own = ((usage, each) for usage, each in costs if _service(usage) == service)
            yield from _resource_rows(totals(own, lambda usage: usage.resource))
        yield _row("total", *_numbers(month_total))
        yield ""
        for remark in self._remarks(month_total):
            yield from textwrap.wrap(remark, _WIDTH, subsequent_indent="  ")

    def _when(self) -> str:
        if self.rate:
            return f"{self.rate:,g} a second while there are any"
        return f"spread evenly: {self.orders / SECONDS_PER_MONTH:,.2g} a second"

    def _remarks(self, month_total: Cost) -> Iterator[str]:
        yield f"A thousand orders: {1000 * month_total.orders / self.orders:.4f} USD."
        free = self.free
        count = sum(each.type in free for each in self.graph.resources)
        yield f"Free: {count} resources of {len(free)} types (--json says why)."
        if unknown := self.graph.unknown_types(resource_types.TYPES):
            yield f"Without a price, and counted as 0: {', '.join(unknown)}."
        yield (
            "Counted: AWS calls, bytes of items and logs, metrics. Measured: CPU time. "
            "Assumed: how long AWS takes to respond (docs/cost.md)."
        )
        yield from (f"Not in the sum: {each}" for each in exclusions(self.graph))
        yield claim.sentence(self.graph)

    def as_json(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        costs = self.costs
        return {
            "stack": self.stack,
            "region": self.region,
            "orders": self.orders,
            "ordersPerSecond": self.rate or self.orders / SECONDS_PER_MONTH,
            "prices": {"region": prices.REGION, "date": prices.AS_OF, "currency": "USD"},
            "total": _json(total(cost for _, cost in costs)),
            "services": {name: _json(cost) for name, cost in most_first(totals(costs, _service))},
            "usages": [_usage_json(usage, cost) for usage, cost in costs],
            "free": dict(self.free),
            "withoutPrice": self.graph.unknown_types(resource_types.TYPES),
            "notInTheSum": list(exclusions(self.graph)),
            "claim": {
                "usd": sum(claim.CLAIMED.values()),
                "comparable": claim.comparable(self.graph),
                "orders": prices.MILLION,
            },
        }


def _service(usage: Usage) -> str:
    return usage.price.service


def _resource_rows(costs: Mapping[str, Cost]) -> Iterator[str]:
    """Yield a row for each resource, and one for many of a type that cost the same."""
    groups: dict[tuple[str, float, float], list[str]] = defaultdict(list)
    for name, cost in most_first(costs):
        groups[name.partition(" ")[0], round(cost.fixed, 6), round(cost.orders, 6)].append(name)
    for (kind, _, _), names in groups.items():
        if len(names) < _MANY:
            yield from (_row(f"  {_short(name)}", *_numbers(costs[name])) for name in names)
        else:
            together = total(costs[name] for name in names)
            yield _row(f"  {_short(kind)} ({len(names)} resources)", *_numbers(together))


def _short(label: str) -> str:
    """Return a label without the provider's module, which its service says."""
    kind, _, name = label.partition(" ")
    return f"{kind.rpartition('.')[2]} {name}".rstrip()


def _numbers(cost: Cost) -> tuple[str, str, str]:
    return f"{cost.fixed:,.2f}", f"{cost.orders:,.2f}", f"{cost.total:,.2f}"


def _row(name: str, *numbers: str) -> str:
    return name.ljust(_NAME_WIDTH) + "".join(number.rjust(_NUMBER_WIDTH) for number in numbers)


def _json(cost: Cost) -> dict[str, float]:
    return {"fixed": cost.fixed, "orders": cost.orders, "month": cost.total}


def _usage_json(usage: Usage, cost: Cost) -> dict[str, Any]:
    return {
        "resource": usage.resource,
        "service": usage.price.service,
        "line": usage.line,
        "units": usage.units,
        "unit": usage.price.unit,
        "priceUsd": usage.price.usd,
        "per": usage.price.per,
        "source": usage.price.source,
        "evidence": usage.price.evidence,
        **_json(cost),
    }
