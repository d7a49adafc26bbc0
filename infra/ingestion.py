"""Ingestion of orders: written to the table at once (direct), or through a queue (queued)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi

from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.gateway.args import TIMEOUT_MS
from infra.messaging.consumer import Consumer, ConsumerArgs

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pulumi_aws as aws

# One second more than the integration timeout.
API_TIMEOUT_SECONDS: Final = TIMEOUT_MS // 1000 + 1


@dataclass(frozen=True, kw_only=True)
class IngestionArgs:
    """`environment` has the variables with which the function behind the gateway checks orders."""

    settings: FunctionSettings
    table: aws.dynamodb.Table
    environment: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, kw_only=True)
class Ingestion:
    """The function behind the gateway, the function that writes orders, and its queue."""

    api_function: Function
    writer: Function
    consumer: Consumer | None

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
            timeout_seconds=API_TIMEOUT_SECONDS,
            environment={"ORDERS_TABLE_NAME": args.table.name, **args.environment},
            settings=args.settings,
            synchronous=True,
            failure_metric="OrdersFailed",
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    key_statements = args.settings.encryption.table_key_statements(args.table)
    orders.allow("store-orders", [_put_order(args.table), *key_statements], owner=parent)
    return Ingestion(api_function=orders, writer=orders, consumer=None)


def queued_ingestion(name: str, args: IngestionArgs, parent: pulumi.Resource) -> Ingestion:
    """Create the intake function, which queues and responds with 202, and the processor."""
    # The parent of the processor was a component of its own.
    alias = pulumi.Alias(
        parent=pulumi.create_urn(f"{name}-order-queue", "orders:index:OrderQueue", parent)
    )
    processor = Function(
        f"{name}-order-queue-processor",
        FunctionArgs(
            package="processor",
            description="Stores queued orders, each with one conditional write",
            timeout_seconds=60,
            environment={"ORDERS_TABLE_NAME": args.table.name},
            settings=args.settings,
            failure_metric="OrdersFailed",
            success_metrics=("OrdersProcessed",),
        ),
        opts=pulumi.ResourceOptions(parent=parent, aliases=[alias]),
    )
    encryption = args.settings.encryption
    put = [_put_order(args.table), *encryption.table_key_statements(args.table)]
    processor.allow("store-orders", put, owner=parent, aliases=[alias])
    consumer = Consumer(
        f"{name}-order-queue",
        ConsumerArgs(
            label="orders",
            function=processor,
            max_concurrency=args.settings.maximum_concurrency[processor.package],
            batch_size=10,
            batching_window_seconds=5,
            encryption=encryption,
        ),
        pulumi.ResourceOptions(
            parent=parent, aliases=[pulumi.Alias(type_="orders:index:OrderQueue")]
        ),
    )
    intake = Function(
        f"{name}-intake",
        FunctionArgs(
            package="intake",
            description="Validates orders and queues each for processing",
            timeout_seconds=API_TIMEOUT_SECONDS,
            environment={"ORDER_QUEUE_URL": consumer.queue.url, **args.environment},
            settings=args.settings,
            synchronous=True,
            failure_metric="OrdersFailed",
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    send = {"Action": "sqs:SendMessage", "Resource": consumer.queue.arn}
    key_statements = encryption.send_key_statements(consumer.queue)
    intake.allow("queue-orders", [send, *key_statements], owner=parent)
    return Ingestion(api_function=intake, writer=processor, consumer=consumer)


def _put_order(table: aws.dynamodb.Table) -> Mapping[str, Any]:
    return {"Action": "dynamodb:PutItem", "Resource": table.arn}
