"""What a stack's configuration means for an order at a rate: batches, durations, traces."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, Literal

from costs import order_figures as figures
from costs.calculation import (
    FunctionUse,
    Kept,
    OrderUse,
    batch_fill,
    billed_milliseconds,
    traced_share,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# A partition takes 1,000 write units a second, and a new table on demand 4,000. Each has a shard.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
_UNITS_PER_PARTITION: Final = 1_000
_FIRST_PARTITIONS: Final = 4

# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
_POLLS_PER_SHARD: Final = 4

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_FIRST_POLLERS: Final = 5

# Lambda's own percentage for functions whose caller has not decided about a trace.
# https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
_LAMBDA_TRACES_PERCENT: Final = 5

_DAYS_PER_MONTH: Final = 30

# The orders in a batch for which durations are compared with capacities.
_BATCH: Final = 10


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """What a stack's configuration decides, at a rate of orders a second.

    `batches` are the messages in a batch and the window in seconds, by the consumer of a queue;
    `provisioned` the functions with provisioned concurrency. `files` are those of the storefront.
    """

    rate: float
    gateway: Literal["http", "rest"]
    memory_mb: Mapping[str, int]
    maximum_concurrency: Mapping[str, int]
    parallelization_factor: int
    relay_window_seconds: int
    trace_sampling: float
    ingestion: Literal["direct", "queued"] = "direct"
    batches: Mapping[str, tuple[int, float]] = field(default_factory=lambda: figures.BATCHES)
    relay_batch_size: int = figures.RELAY_BATCH_SIZE
    retention_days: int = 90
    email_retention_days: int = 120
    provisioned: frozenset[str] = frozenset()
    smtp: bool = False
    storefront: bool = False

    @property
    def functions(self) -> Sequence[str]:
        """The functions that an order passes; a stack may lack some."""
        return [name for name in figures.PATHS[self.ingestion] if name in self.memory_mb]

    @property
    def consumers(self) -> Sequence[str]:
        """The functions that an order reaches through a queue."""
        return [name for name in self.functions if name in self.batches]

    @property
    def shards(self) -> int:
        """The shards of the stream, if orders spread evenly over the table's partitions."""
        return max(_FIRST_PARTITIONS, math.ceil(self.rate / _UNITS_PER_PARTITION))

    @property
    def orders_per_invocation(self) -> Mapping[str, float]:
        """The orders in a batch of a function that is not behind."""
        polled = self.rate / self.shards / _POLLS_PER_SHARD
        waiting = self.rate / self.shards * self.relay_window_seconds
        relay = min(float(self.relay_batch_size), max(1.0, polled, waiting))
        fills = {name: self._fill(name) for name in self.consumers}
        return {**dict.fromkeys(self.functions, 1.0), **fills, "relay": relay}

    def _fill(self, name: str) -> float:
        size, window = self.batches[name]
        pollers = max(_FIRST_POLLERS, math.ceil(self.concurrency(name)))
        at_once = min(pollers, self.maximum_concurrency[name])
        return batch_fill(
            self.rate, batch_size=size, window_seconds=window, batches_at_once=at_once
        )

    def calls(self, name: str, orders: float = _BATCH) -> Mapping[str, float]:
        """Return the calls of an order in a function, by service, in a batch of some orders."""
        sharing = min(orders, figures.ORDERS_PER_CALL.get(name, 1))
        return {
            "SMTP" if service == "SES" and self.smtp else service: own + shared / sharing
            for service, (own, shared) in figures.CALLS[name].items()
        }

    def milliseconds(self, name: str, orders: float = _BATCH) -> float:
        """Return the billed duration of an order in a function, in a batch of some orders."""
        waiting = sum(
            calls * figures.SERVICE_MILLISECONDS[service]
            for service, calls in self.calls(name, orders).items()
        )
        return billed_milliseconds(
            cpu_milliseconds=figures.CPU_MILLISECONDS[name],
            memory_mb=self.memory_mb[name],
            waiting_milliseconds=waiting,
        )

    def concurrency(self, name: str) -> float:
        """Return the executions of a function at once, on average."""
        return self.rate * self.milliseconds(name) / 1000

    def capacity(self, name: str) -> float:
        """Return the orders a second that the relay, or a queue's consumer, keeps up with."""
        if name == "relay":
            at_once = self.shards * self.parallelization_factor
        else:
            at_once = self.maximum_concurrency[name]
        return at_once * 1000 / self.milliseconds(name)

    def _traced(self, name: str, orders: float) -> float:
        """Return the share of a function's invocations that X-Ray records.

        A REST API applies the stack's sampling rule. Behind an HTTP API Lambda decides.
        """
        if not self.trace_sampling or name not in figures.TRACED:
            return 0
        if self.gateway == "rest":
            return self.trace_sampling / 100
        return traced_share(self.rate / orders, percent=_LAMBDA_TRACES_PERCENT)

    @property
    def use(self) -> OrderUse:
        """What an order uses at this rate."""
        orders = self.orders_per_invocation
        calls: Counter[str] = Counter()
        for name in self.functions:
            calls.update(self.calls(name, orders[name]))
        return OrderUse(
            gateway=self.gateway,
            functions={name: self._function(name, orders[name]) for name in self.functions},
            writes=figures.WRITES,
            queues={
                name: min(figures.MESSAGES_PER_REQUEST, orders[name]) for name in self.consumers
            },
            events_per_publish=min(float(figures.EVENTS_PER_PUBLISH), orders["relay"]),
            response_bytes=figures.RESPONSE_BYTES,
            access_log_bytes=figures.ACCESS_LOG_BYTES,
            requests=figures.STOREFRONT_REQUESTS if self.storefront else 1,
            emails_by_ses=calls["SES"],
            smtp_bytes=calls["SMTP"] * figures.EMAIL_BYTES,
            calls=calls,
        )

    def _function(self, name: str, orders: float) -> FunctionUse:
        log_bytes, shared_bytes = figures.LOG_BYTES[name]
        return FunctionUse(
            memory_mb=self.memory_mb[name],
            milliseconds=self.milliseconds(name, orders) * orders,
            orders=orders,
            log_bytes=log_bytes,
            invocation_log_bytes=shared_bytes + figures.LAMBDA_LOG_BYTES,
            traced=self._traced(name, orders),
            is_provisioned=name in self.provisioned,
        )

    @property
    def kept(self) -> Sequence[Kept]:
        """The items that are kept of an order, for as long as the stack keeps them."""
        days = {"orders": self.retention_days, "sent-emails": self.email_retention_days}
        return [
            replace(each, months=days[each.table] / _DAYS_PER_MONTH) if each.table in days else each
            for each in figures.KEPT
        ]
