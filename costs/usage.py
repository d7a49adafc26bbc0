"""Usage and its cost in USD: the one place where units are multiplied by prices.

Every view of costs is a sum of these: by resource (`make cost`), by service (the console) and by
line (docs/scale.md).
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from costs.price import Price

HOURS_PER_MONTH: Final = 30 * 24
SECONDS_PER_MONTH: Final = HOURS_PER_MONTH * 3600
GB: Final = 10**9


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Units of a price in a month, of one resource.

    `line` names the cost in tables. `units` are for the whole month: of the resource itself, or of
    all orders.
    """

    resource: str
    line: str
    price: Price
    units: float
    by_orders: bool = False


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a resource, a service or a line costs in a month, in USD."""

    fixed: float = 0
    orders: float = 0

    @property
    def total(self) -> float:
        """The cost of the month."""
        return self.fixed + self.orders

    def __add__(self, other: Cost) -> Cost:
        return Cost(fixed=self.fixed + other.fixed, orders=self.orders + other.orders)


def price(usages: Sequence[Usage]) -> list[tuple[Usage, Cost]]:
    """Return the cost of each usage; a stack's usages of one price earn its discounts together.

    What orders use comes on top of what the stack uses anyway.
    """
    fixed: dict[str, float] = defaultdict(float)
    orders: dict[str, float] = defaultdict(float)
    for usage in usages:
        (orders if usage.by_orders else fixed)[usage.price.unit] += usage.units
    return [(usage, _cost(usage, fixed, orders)) for usage in usages]


def _cost(usage: Usage, fixed: Mapping[str, float], orders: Mapping[str, float]) -> Cost:
    """Return a usage's share of what the units of its price cost."""
    own, unit = usage.price, usage.price.unit
    stack = fixed.get(unit, 0)
    if not usage.by_orders:
        return Cost(fixed=_share(usage.units, stack) * own.cost(stack))
    all_orders = orders[unit]
    added = own.cost(stack + all_orders) - own.cost(stack)
    return Cost(orders=_share(usage.units, all_orders) * added)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0


def totals(costs: Iterable[tuple[Usage, Cost]], key: Callable[[Usage], str]) -> dict[str, Cost]:
    """Return the costs by a key of their usages, in the order of the first of each."""
    result: dict[str, Cost] = {}
    for usage, cost in costs:
        name = key(usage)
        result[name] = result.get(name, Cost()) + cost
    return result


def total(costs: Iterable[Cost]) -> Cost:
    """Return the sum of costs."""
    parts = list(costs)
    return Cost(
        fixed=math.fsum(part.fixed for part in parts),
        orders=math.fsum(part.orders for part in parts),
    )


def most_first(costs: Mapping[str, Cost]) -> list[tuple[str, Cost]]:
    """Return costs by their names, the highest first."""
    return sorted(costs.items(), key=lambda each: -each[1].total)
