"""What orders use on AWS, from figures that were counted: a pure calculation.

`costs/usage.py` multiplies it by prices.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from costs import prices
from costs.price import Price
from costs.usage import GB, SECONDS_PER_MONTH, Usage

_KB: Final = 1024
_MB_PER_GB: Final = 1024

# Lambda polls an idle queue with five long polls of 20 seconds.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
IDLE_POLLS: Final = 5 * SECONDS_PER_MONTH / 20


@dataclass(frozen=True, kw_only=True)
class FunctionUse:
    """A function's part of an order.

    An invocation takes `milliseconds` for all its `orders`. `log_bytes` are those of one order,
    `invocation_log_bytes` the lines that Lambda adds to each invocation. `traced` is the share of
    the invocations for which X-Ray records a trace of their own. `is_provisioned` functions run in
    provisioned concurrency.
    """

    memory_mb: int
    milliseconds: float
    orders: float = 1
    log_bytes: float = 0
    invocation_log_bytes: float = 0
    traced: float = 0
    is_provisioned: bool = False

    @property
    def gb_seconds(self) -> float:
        """The billed duration of one order."""
        return self.memory_mb / _MB_PER_GB * self.milliseconds / 1000 / self.orders

    @property
    def order_log_bytes(self) -> float:
        """What an order adds to the function's log."""
        return self.log_bytes + self.invocation_log_bytes / self.orders


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

    `queues` are the messages in a receive and in a delete, by the function that consumes the queue;
    each message is also sent. `events_per_publish` are the events in a PublishBatch request,
    `requests` those that API Gateway gets. `calls` are the calls of AWS by service.
    """

    gateway: Literal["http", "rest"]
    functions: Mapping[str, FunctionUse]
    writes: Sequence[Write]
    queues: Mapping[str, float]
    events_per_publish: float
    response_bytes: float = 0
    access_log_bytes: float = 0
    requests: float = 1
    emails_by_ses: float = 1
    smtp_bytes: float = 0
    calls: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """An order's item in a table, and how long it is kept; each index holds the item again."""

    table: str
    item_bytes: int
    months: float
    indexes: int = 0


def order_usages(use: OrderUse, orders: float) -> Iterator[Usage]:
    """Yield what the orders of a month use; `storage_usages` is what keeping them uses.

    Resources are named by what they are to an order, such as `function orders`.
    """

    def each(resource: str, line: str, price: Price, units: float) -> Usage:
        return Usage(
            resource=resource, line=line, price=price, units=orders * units, by_orders=True
        )

    gateway = prices.HTTP_API if use.gateway == "http" else prices.REST_API
    yield each("API", "API Gateway", gateway, use.requests)
    yield each("API", "data transfer", prices.DATA_OUT, use.response_bytes / GB)
    for name, function in use.functions.items():
        yield each(f"function {name}", "Lambda invocations", prices.INVOCATION, 1 / function.orders)
        duration = prices.PROVISIONED_DURATION if function.is_provisioned else prices.DURATION
        yield each(f"function {name}", "Lambda duration", duration, function.gb_seconds)
    for write in use.writes:
        yield each(f"table {write.table}", f"DynamoDB, {write.table}", prices.WRITE, write.units)
    yield each("topic", "SNS", prices.PUBLISH, 1 / use.events_per_publish)
    for name, messages in use.queues.items():
        yield each(f"queue {name}", "SQS", prices.QUEUE, 1 + 2 / messages)
    for name, function in use.functions.items():
        gigabytes = function.order_log_bytes / GB
        yield each(f"log group {name}", "logs of functions", prices.LOGS, gigabytes)
    yield each("access log", "access log", prices.ACCESS_LOGS, use.access_log_bytes / GB)
    for name, function in use.functions.items():
        traces = function.traced / function.orders
        yield each(f"function {name}", "X-Ray", prices.TRACE, traces)
    yield each("emails", "SES", prices.EMAIL, use.emails_by_ses)
    yield each("function email", "SMTP", prices.DATA_OUT, use.smtp_bytes / GB)


def storage_usages(kept: Sequence[Kept], orders: float) -> Iterator[Usage]:
    """Yield what keeping the orders of a month uses, for all their months together.

    That is also the storage of a month in which as many orders expire as are stored.
    """
    for each in kept:
        gigabyte_months = orders * each.item_bytes / GB * each.months
        for price, copies in ((prices.STORAGE, 1 + each.indexes), (prices.BACKUP, 1)):
            yield Usage(
                resource=f"table {each.table}",
                line=f"storage, {each.table}",
                price=price,
                units=gigabyte_months * copies,
                by_orders=True,
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
