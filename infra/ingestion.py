"""How an order gets from the gateway into the table: at once, or through a queue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import pulumi
import pulumi_aws as aws

from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.messaging.order_queue import OrderQueue, OrderQueueArgs, to_store
from infra.naming import ORDERS, arn, named
from infra.vpc.network import Reach

# One second more than the gateway waits.
FRONT_TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class IngestionArgs:
    """What every way has in common; `terms` are the environment variables that say which orders are taken."""

    settings: FunctionSettings
    table: aws.dynamodb.Table
    terms: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """What was created: the function behind the gateway, the one that writes, and what lies between."""

    front: Function
    storer: Function
    queues: Sequence[OrderQueue] = field(default=())

    @property
    def functions(self) -> list[Function]:
        """Every function of it, once."""
        return [self.front] if self.front is self.storer else [self.front, self.storer]


class Ingestion(Protocol):
    """A way into the table."""

    def create(self, name: str, args: IngestionArgs, parent: pulumi.Resource) -> Ingested:
        """Create its functions, and what they need."""
        ...

    def reach(self) -> Reach:
        """Return what its functions call."""
        ...


class Direct:
    """The function behind the gateway writes the order itself, and answers 200 when it is stored."""

    def create(self, name: str, args: IngestionArgs, parent: pulumi.Resource) -> Ingested:
        """Create the orders function."""
        orders = Function(
            f"{name}-orders",
            FunctionArgs(
                package="orders",
                description="Validates orders and stores each with one conditional write",
                memory_mb=512,
                timeout_seconds=FRONT_TIMEOUT_SECONDS,
                environment={"ORDERS_TABLE_NAME": args.table.name, **args.terms},
                settings=args.settings,
                failure_metric="OrdersFailed",
            ),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        orders.allow(
            "store-orders",
            [to_store(args.table.arn), *args.settings.encryption.table_key_statements(args.table)],
            owner=parent,
        )
        return Ingested(front=orders, storer=orders)

    def reach(self) -> Reach:
        """Reach the orders table."""
        return Reach(services={"dynamodb": [to_store(_orders_table())]})


class Queued:
    """The function behind the gateway queues the order and answers 202; another one writes it when it can."""

    def create(self, name: str, args: IngestionArgs, parent: pulumi.Resource) -> Ingested:
        """Create the intake function, the order queue, and the processor function."""
        queue = OrderQueue(
            f"{name}-order-queue",
            OrderQueueArgs(settings=args.settings, table=args.table),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        intake = Function(
            f"{name}-intake",
            FunctionArgs(
                package="intake",
                description="Validates orders and queues each for processing",
                memory_mb=512,
                timeout_seconds=FRONT_TIMEOUT_SECONDS,
                environment={"ORDER_QUEUE_URL": queue.queue.url, **args.terms},
                settings=args.settings,
                failure_metric="OrdersFailed",
            ),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        keys = args.settings.encryption.send_key_statements(queue.queue)
        intake.allow("queue-orders", [_send(queue.queue.arn), *keys], owner=parent)
        return Ingested(front=intake, storer=queue.processor, queues=[queue])

    def reach(self) -> Reach:
        """Reach the order queue, and the orders table."""
        queue = arn("sqs", named(OrderQueue.label))
        return Reach(services={"sqs": [_send(queue)], "dynamodb": [to_store(_orders_table())]})


def _send(queue: pulumi.Input[str]) -> Mapping[str, Any]:
    return {"Action": "sqs:SendMessage", "Resource": queue}


def _orders_table() -> pulumi.Output[str]:
    return arn("dynamodb", f"table/{named(ORDERS)}")
