"""What one order takes of each service: counted, measured or assumed, and said which.

An order is `tooling.sample_order`: two items, with a customer ID and an email address.
`tests/costs/test_order_figures.py` counts again.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from costs.calculation import (
    FunctionUse,
    Kept,
    OrderUse,
    Write,
    batch_fill,
    billed_milliseconds,
    traced_share,
)

# Measured on 26 November 2026 on a shared x86-64 machine, Python 3.11: CPU time of a warm
# invocation, network cut at botocore's HTTP session, per order. Email and audit in batches of ten,
# with Python 3.13.
CPU_MILLISECONDS: Final = {"orders": 0.66, "relay": 0.25, "email": 1.2, "audit": 0.2}

# Assumed: milliseconds until a service responds in its region.
_SERVICE_MILLISECONDS: Final = {"DynamoDB": 5, "SNS": 15, "SES": 60}

# Counted: calls of an order in a batch of ten. Events share a call of PublishBatch, emails the call
# that claims them, and audit records the one that writes them.
CALLS: Final[Mapping[str, Mapping[str, float]]] = {
    "orders": {"DynamoDB": 1},
    "relay": {"SNS": 0.1},
    "email": {"DynamoDB": 1.1, "SES": 1},
    "audit": {"DynamoDB": 0.1},
}

# Counted: bytes of the handlers' lines, of an order, and of an invocation (EMF).
LOG_BYTES: Final = {
    "orders": (711, 0),
    "relay": (280, 0),
    "email": (280, 288),
    "audit": (283, 307),
}

# Estimated from examples in AWS's documentation: START, END and REPORT of an invocation; the line
# of the access log; a response with its headers.
_LAMBDA_LOG_BYTES: Final = 270
_ACCESS_LOG_BYTES: Final = 320
_RESPONSE_BYTES: Final = 700

# Counted: bytes of the items. The counter of a recipient's confirmations stays below 1 KB.
WRITES: Final = (
    Write(table="orders", item_bytes=539, indexes=1),
    Write(table="sent-emails", item_bytes=171, per_order=3),
    Write(table="audit-logs", item_bytes=516, indexes=1),
)

# Storage adds 100 bytes to each item. Counters of recipients are kept for a day.
# https://aws.amazon.com/dynamodb/pricing/on-demand/
KEPT: Final = (
    Kept(table="orders", item_bytes=639, months=3, indexes=1),
    Kept(table="sent-emails", item_bytes=271, months=4),
    Kept(table="audit-logs", item_bytes=616, months=12, indexes=1),
)

# The event source mappings of the queues: messages in a batch, window in seconds.
BATCHES: Final = {"email": (10, 1), "audit": (25, 5)}
RELAY_BATCH_SIZE: Final = 100

# Of SQS, in a receive and in a delete. Lambda may need more requests while a batch fills.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
_MESSAGES_PER_REQUEST: Final = 10.0
EVENTS_PER_PUBLISH: Final = 10

# The functions whose invocations X-Ray samples.
TRACED: Final = ("orders",)

# A partition takes 1,000 write units a second, and a new table on demand 4,000. Each has a shard.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
_UNITS_PER_PARTITION: Final = 1_000
_FIRST_PARTITIONS: Final = 4

# https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
_POLLS_PER_SHARD: Final = 4

# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_FIRST_POLLERS: Final = 5


@dataclass(frozen=True, kw_only=True)
class Sizing:
    """What a stack's configuration decides, at a rate of orders a second."""

    rate: float
    gateway: Literal["http", "rest"]
    memory_mb: Mapping[str, int]
    maximum_concurrency: Mapping[str, int]
    parallelization_factor: int
    relay_window_seconds: int
    tracing: bool

    @property
    def shards(self) -> int:
        """The shards of the stream, if orders spread evenly over the table's partitions."""
        return max(_FIRST_PARTITIONS, math.ceil(self.rate / _UNITS_PER_PARTITION))

    @property
    def orders_per_invocation(self) -> Mapping[str, float]:
        """The orders in a batch of a function that is not behind."""
        polled = self.rate / self.shards / _POLLS_PER_SHARD
        waiting = self.rate / self.shards * self.relay_window_seconds
        fills = {
            name: batch_fill(
                self.rate,
                batch_size=size,
                window_seconds=window,
                batches_at_once=self._batches_at_once(name),
            )
            for name, (size, window) in BATCHES.items()
        }
        relay = min(float(RELAY_BATCH_SIZE), max(1.0, polled, waiting))
        return {"orders": 1.0, "relay": relay, **fills}

    def _batches_at_once(self, name: str) -> int:
        """Return the batches of a queue that Lambda collects at once, below the maximum."""
        pollers = max(_FIRST_POLLERS, math.ceil(self.concurrency(name)))
        return min(pollers, self.maximum_concurrency[name])

    def milliseconds(self, name: str) -> float:
        """Return the billed duration of an order in a function."""
        waiting = sum(
            calls * _SERVICE_MILLISECONDS[service] for service, calls in CALLS[name].items()
        )
        return billed_milliseconds(
            cpu_milliseconds=CPU_MILLISECONDS[name],
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

    @property
    def use(self) -> OrderUse:
        """What an order uses at this rate."""
        orders = self.orders_per_invocation
        functions = {
            name: FunctionUse(
                memory_mb=self.memory_mb[name],
                milliseconds=self.milliseconds(name) * orders[name],
                orders=orders[name],
                log_bytes=LOG_BYTES[name][0],
                invocation_log_bytes=LOG_BYTES[name][1] + _LAMBDA_LOG_BYTES,
                traced=traced_share(self.rate / orders[name])
                if self.tracing and name in TRACED
                else 0,
            )
            for name in CPU_MILLISECONDS
        }
        return OrderUse(
            gateway=self.gateway,
            functions=functions,
            writes=WRITES,
            queues={name: min(_MESSAGES_PER_REQUEST, orders[name]) for name in BATCHES},
            events_per_publish=min(float(EVENTS_PER_PUBLISH), orders["relay"]),
            response_bytes=_RESPONSE_BYTES,
            access_log_bytes=_ACCESS_LOG_BYTES,
        )
