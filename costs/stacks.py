"""What a configuration means for its costs without a resource graph: sizes, and monitoring.

docs/scale.md compares configurations with it. tests/costs/test_stacks.py checks that the graphs of
stacks mean the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from costs import order_figures as figures
from costs import prices
from costs.calculation import IDLE_POLLS
from costs.sizing import Sizing
from costs.usage import Usage
from infra.config.objects import DEFAULT_MAX_CONCURRENCY, DEFAULT_MEMORY_MB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.config import StackConfig

# By `monitoring`: a stack with `gateway: http`, `ingestion: direct` and `auth: iam`. `full` adds up
# to six metrics for each of two routes.
# tests/infra/monitoring/test_monitoring.py counts the alarms' metrics.
ALARM_METRICS: Final = {"full": 56, "essential": 8, "none": 0}
_ROUTE_METRICS: Final = 12

# Records of confirmations are kept longer than orders (infra/email/confirmation_email.py).
_DAYS_AFTER_ORDER: Final = 30


def sizing(config: StackConfig, rate: float) -> Sizing:
    """Return what a configuration decides at a rate."""
    return Sizing(
        rate=rate,
        gateway=config.gateway,
        ingestion=config.ingestion,
        memory_mb=DEFAULT_MEMORY_MB | config.memory,
        maximum_concurrency=DEFAULT_MAX_CONCURRENCY
        | config.reserved_concurrency
        | config.maximum_concurrency,
        parallelization_factor=config.relay.parallelization_factor,
        relay_window_seconds=config.relay.batching_window_seconds,
        trace_sampling=config.trace_sampling,
        retention_days=config.order_retention_days,
        email_retention_days=config.order_retention_days + _DAYS_AFTER_ORDER,
        provisioned=frozenset(config.provisioned_concurrency),
        smtp=config.smtp is not None,
        storefront=config.storefront,
    )


def stack_usages(monitoring: str, *, keys: int) -> Iterator[Usage]:
    """Yield what a stack uses without orders, by its monitoring level and its number of keys."""
    functions = figures.PATHS["direct"]
    full = monitoring == "full"
    metrics = sum(figures.METRICS[name] for name in functions) + (_ROUTE_METRICS if full else 0)
    queues = sum(name in figures.BATCHES for name in functions)
    for line, price, units in (
        ("alarms", prices.ALARM, ALARM_METRICS[monitoring]),
        ("dashboards", prices.DASHBOARD, 2 if full else 0),
        ("metrics", prices.METRIC, metrics),
        ("KMS key", prices.KEY, keys),
        ("polling of queues", prices.QUEUE, queues * IDLE_POLLS),
    ):
        yield Usage(resource=line, line=line, price=price, units=units)
