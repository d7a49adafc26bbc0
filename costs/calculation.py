"""What orders cost on AWS, in USD, from figures that were counted: a pure calculation.

SES is left out: 100 USD per million emails, more than everything else together.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from costs import prices

_KB: Final = 1024
_GB: Final = 10**9
_MB_PER_GB: Final = 1024
SECONDS_PER_MONTH: Final = 30 * 24 * 3600

# Lambda polls an idle queue with five long polls of 20 seconds.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_IDLE_POLLS: Final = 5 * SECONDS_PER_MONTH / 20


@dataclass(frozen=True, kw_only=True)
class FunctionUse:
    """A function's part of an order.

    An invocation takes `milliseconds` for all its `orders`. `log_bytes` are those of one order,
    `invocation_log_bytes` the lines that Lambda adds to each invocation. `traced` is the share of
    the invocations for which X-Ray records a trace of their own.
    """

    memory_mb: int
    milliseconds: float
    orders: float = 1
    log_bytes: float = 0
    invocation_log_bytes: float = 0
    traced: float = 0

    @property
    def gb_seconds(self) -> float:
        """The billed duration of one order."""
        return self.memory_mb / _MB_PER_GB * self.milliseconds / 1000 / self.orders


@dataclass(frozen=True, kw_only=True)
class Write:
    """Writes to a table, `per_order`: a conditional one that fails costs as much as another.

    `item_bytes` is the size of the item, or before an update if it was larger then. Each index that
    projects all attributes is written as well; an item without the index's key is not.
    """

    table: str
    item_bytes: int
    indexes: float = 0
    per_order: float = 1

    @property
    def units(self) -> float:
        """The write request units of one order."""
        return math.ceil(self.item_bytes / _KB) * (1 + self.indexes) * self.per_order


@dataclass(frozen=True, kw_only=True)
class OrderUse:
    """What one order uses.

    `queues` are the messages in a receive and in a delete, by queue; each message is also sent.
    `events_per_publish` are the events in a PublishBatch request.
    """

    gateway: Literal["http", "rest"]
    functions: Mapping[str, FunctionUse]
    writes: Sequence[Write]
    queues: Mapping[str, float]
    events_per_publish: float
    response_bytes: float = 0
    access_log_bytes: float = 0


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An order's item in a table, and how long it is kept; each index holds the item again."""

    table: str
    item_bytes: int
    months: float
    indexes: int = 0


@dataclass(frozen=True, kw_only=True)
class StackUse:
    """What a stack uses in a month, with or without orders.

    `provisioned_gb` is the memory of all provisioned executions.
    """

    alarm_metrics: int = 0
    dashboards: int = 0
    metrics: int = 0
    keys: int = 0
    key_requests: float = 0
    queues: int = 0
    provisioned_gb: float = 0


@dataclass(frozen=True)
class Costs:
    """A breakdown in USD."""

    lines: Mapping[str, float]

    @property
    def total(self) -> float:
        """The sum of all lines."""
        return sum(self.lines.values())


def order_costs(use: OrderUse, *, orders_per_month: float = prices.MILLION) -> Costs:
    """Return what a million orders cost, as part of the orders of a month, which earn discounts.

    Left out: storage (`storage_costs`), the stack itself (`monthly_costs`), and SES.
    """
    orders = orders_per_month
    functions = use.functions.values()
    gateway = prices.HTTP_API if use.gateway == "http" else prices.REST_API
    writes: dict[str, float] = {}
    for write in use.writes:
        writes[write.table] = writes.get(write.table, 0) + write.units
    log_bytes = sum(
        function.log_bytes + function.invocation_log_bytes / function.orders
        for function in functions
    )
    requests = sum(1 + 2 / messages for messages in use.queues.values())
    invocations = sum(1 / function.orders for function in functions)
    gb_seconds = sum(function.gb_seconds for function in functions)
    traces = sum(function.traced / function.orders for function in functions)
    month = {
        "API Gateway": gateway.cost(orders),
        "data transfer": prices.DATA_OUT.cost(orders * use.response_bytes / _GB),
        "Lambda invocations": prices.INVOCATION.cost(orders * invocations),
        "Lambda duration": prices.DURATION.cost(orders * gb_seconds),
        **{
            f"DynamoDB, {table}": prices.WRITE.cost(orders * units)
            for table, units in writes.items()
        },
        "SNS": prices.PUBLISH.cost(orders / use.events_per_publish),
        "SQS": prices.QUEUE.cost(orders * requests),
        "logs of functions": prices.LOGS.cost(orders * log_bytes / _GB),
        "access log": prices.ACCESS_LOGS.cost(orders * use.access_log_bytes / _GB),
        "X-Ray": prices.TRACE.cost(orders * traces),
    }
    return Costs({name: usd * prices.MILLION / orders for name, usd in month.items()})


def storage_costs(kept: Sequence[Kept]) -> Costs:
    """Return what keeping a million orders costs, for all their months together."""
    gigabytes = prices.MILLION / _GB
    return Costs(
        {
            each.table: each.months
            * (
                prices.STORAGE.cost(each.item_bytes * gigabytes * (1 + each.indexes))
                + prices.BACKUP.cost(each.item_bytes * gigabytes)
            )
            for each in kept
        }
    )


def monthly_costs(use: StackUse) -> Costs:
    """Return what a stack costs a month, beside its orders."""
    return Costs(
        {
            "alarms": prices.ALARM.cost(use.alarm_metrics),
            "dashboards": prices.DASHBOARD.cost(use.dashboards),
            "metrics": prices.METRIC.cost(use.metrics),
            "KMS key": prices.KEY.cost(use.keys),
            "KMS requests": prices.KEY_REQUEST.cost(use.key_requests),
            "polling of queues": prices.QUEUE.cost(use.queues * _IDLE_POLLS),
            "provisioned concurrency": prices.PROVISIONED.cost(
                use.provisioned_gb * SECONDS_PER_MONTH
            ),
        }
    )


def traced_share(invocations_per_second: float, *, percent: float = 5) -> float:
    """Return the share of invocations that Lambda traces, if it decides by itself.

    It records the first invocation of each second and a percentage of all others.
    https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    """
    if invocations_per_second <= 1:
        return 1.0
    others = invocations_per_second - 1
    return (1 + others * percent / 100) / invocations_per_second


def batch_fill(
    orders_per_second: float, *, batch_size: int, window_seconds: float, batches_at_once: int
) -> float:
    """Return the messages in a batch of a queue that is not behind.

    Each of the pollers waits for the window, or until its batch is full. Without a window it
    invokes the function with what one receive returned: one message, unless there is a backlog.
    """
    waiting = orders_per_second * window_seconds / batches_at_once
    return min(float(batch_size), max(1.0, waiting))


def billed_milliseconds(
    *, cpu_milliseconds: float, memory_mb: int, waiting_milliseconds: float
) -> float:
    """Return an invocation's duration: CPU time at the share that its memory buys, and waiting.

    A function has the equivalent of one vCPU at 1,769 MB.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
    """
    return cpu_milliseconds * max(1.0, 1769 / memory_mb) + waiting_milliseconds
