"""What a stack's configuration means for its costs: sizes at a rate of orders, and monitoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from costs.calculation import StackUse
from costs.order_figures import BATCHES, Sizing
from infra.config.objects import DEFAULT_MAX_CONCURRENCY, DEFAULT_MEMORY_MB

if TYPE_CHECKING:
    from infra.config import StackConfig

# By `monitoring`: a stack with `gateway: http`, `ingestion: direct` and `auth: iam`. Handlers write
# ten metrics, and `full` adds up to six for each of two routes.
# tests/infra/monitoring/test_monitoring.py counts the alarms' metrics.
ALARM_METRICS: Final = {"full": 56, "essential": 8, "none": 0}
_HANDLER_METRICS: Final = 10
_ROUTE_METRICS: Final = 12


def sizing(config: StackConfig, rate: float) -> Sizing:
    """Return what a configuration decides at a rate."""
    return Sizing(
        rate=rate,
        gateway=config.gateway,
        memory_mb=DEFAULT_MEMORY_MB | config.memory,
        maximum_concurrency=DEFAULT_MAX_CONCURRENCY | config.maximum_concurrency,
        parallelization_factor=config.relay.parallelization_factor,
        relay_window_seconds=config.relay.batching_window_seconds,
        tracing=config.tracing,
    )


def stack_use(monitoring: str, *, keys: int) -> StackUse:
    """Return what a stack uses without orders, by its monitoring level and its number of keys."""
    full = monitoring == "full"
    return StackUse(
        alarm_metrics=ALARM_METRICS[monitoring],
        dashboards=2 if full else 0,
        metrics=_HANDLER_METRICS + (_ROUTE_METRICS if full else 0),
        keys=keys,
        queues=len(BATCHES),
    )
