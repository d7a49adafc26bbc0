"""The cost of a month by AWS service: what a stack costs anyway, and what its orders add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from costs import prices
from costs.calculation import SECONDS_PER_MONTH, monthly_costs, order_costs, storage_costs
from costs.order_figures import KEPT
from costs.stacks import sizing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costs.calculation import StackUse
    from infra.config import StackConfig

# By service, the beginnings of the names of its lines in the breakdowns.
SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "API Gateway": ("API Gateway", "data transfer"),
    "Lambda": ("Lambda", "provisioned concurrency"),
    "DynamoDB": ("DynamoDB",),
    "SNS": ("SNS",),
    "SQS": ("SQS", "polling of queues"),
    "SES": ("SES",),
    "CloudWatch": ("logs", "access log", "alarms", "dashboards", "metrics"),
    "X-Ray": ("X-Ray",),
    "KMS": ("KMS",),
}


@dataclass(frozen=True, kw_only=True)
class ServiceCost:
    """What a service costs in USD: each month, and for a million orders of it."""

    service: str
    fixed: float
    per_million: float
    orders_per_month: float

    @property
    def orders(self) -> float:
        """What the orders of a month cost."""
        return self.per_million * self.orders_per_month / prices.MILLION

    @property
    def total(self) -> float:
        """What the month costs."""
        return self.fixed + self.orders


def month(config: StackConfig, use: StackUse, orders_per_month: float) -> list[ServiceCost]:
    """Return the cost of a month by service, for orders that are spread evenly over it.

    Storage is that of all the months for which an order is kept, so a month in which as many orders
    expire as are stored. Each order has an email address.

    Args:
        config: The stack's configuration.
        use: What the stack uses without orders.
        orders_per_month: The number of orders, more than 0.
    """
    rate = orders_per_month / SECONDS_PER_MONTH
    orders = order_costs(sizing(config, rate).use, orders_per_month=orders_per_month).lines
    storage = {f"DynamoDB, {name}": usd for name, usd in storage_costs(KEPT).lines.items()}
    email = 0 if config.smtp else prices.EMAIL.cost(prices.MILLION)
    fixed = monthly_costs(use).lines
    return [
        ServiceCost(
            service=service,
            fixed=_sum(fixed, beginnings),
            per_million=_sum(orders, beginnings)
            + _sum(storage, beginnings)
            + (email if service == "SES" else 0),
            orders_per_month=orders_per_month,
        )
        for service, beginnings in SERVICES.items()
    ]


def _sum(lines: Mapping[str, float], beginnings: tuple[str, ...]) -> float:
    return sum(usd for name, usd in lines.items() if name.startswith(beginnings))
