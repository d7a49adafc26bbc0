"""Ingestion of orders: written to the table at once (direct), or through a queue (queued)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.messaging.order_queue import OrderQueue, OrderQueueArgs, put_order

# One second more than the gateway's integration timeout.
API_TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class IngestionArgs:
    """`environment` has the variables with which the function behind the gateway checks orders."""

    settings: FunctionSettings
    table: aws.dynamodb.Table
    environment: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Ingestion:
    """The function behind the gateway, the function that writes orders, and the queue between."""

    api_function: Function
    writer: Function
    queues: Sequence[OrderQueue]

    @property
    def functions(self) -> list[Function]:
        """The functions, each once."""
        return list(dict.fromkeys([self.api_function, self.writer]))


def direct_ingestion(name: str, args: IngestionArgs, parent: pulumi.Resource) -> Ingestion:
    """Create the orders function, which responds with 200 when the order is stored."""
    orders = Function(
        f"{name}-orders",
        FunctionArgs(
            package="orders",
            description="Validates orders and stores each with one conditional write",
            memory_mb=512,
            timeout_seconds=API_TIMEOUT_SECONDS,
            environment={"ORDERS_TABLE_NAME": args.table.name, **args.environment},
            settings=args.settings,
            synchronous=True,
            failure_metric="OrdersFailed",
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    key_statements = args.settings.encryption.table_key_statements(args.table)
    orders.allow("store-orders", [put_order(args.table), *key_statements], owner=parent)
    return Ingestion(api_function=orders, writer=orders, queues=[])


def queued_ingestion(name: str, args: IngestionArgs, parent: pulumi.Resource) -> Ingestion:
    """Create the intake function, which queues and responds with 202, and the processor."""
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
            timeout_seconds=API_TIMEOUT_SECONDS,
            environment={"ORDER_QUEUE_URL": queue.queue.url, **args.environment},
            settings=args.settings,
            synchronous=True,
            failure_metric="OrdersFailed",
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    send = {"Action": "sqs:SendMessage", "Resource": queue.queue.arn}
    key_statements = args.settings.encryption.send_key_statements(queue.queue)
    intake.allow("queue-orders", [send, *key_statements], owner=parent)
    return Ingestion(api_function=intake, writer=queue.processor, queues=[queue])
