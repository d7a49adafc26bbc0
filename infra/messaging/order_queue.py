"""The order queue of a queue-first stack, and the Lambda that stores what it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.messaging.queue import (
    dead_letter_queue,
    feed,
    queue_policy,
    visibility_timeout,
    work_queue,
)

_BATCH_SIZE: Final = 10
_BATCHING_WINDOW_SECONDS: Final = 5
_TIMEOUT_SECONDS: Final = 60


@dataclass(frozen=True, kw_only=True)
class OrderQueueArgs:
    """Where the orders end up."""

    settings: FunctionSettings
    table: aws.dynamodb.Table


class OrderQueue(pulumi.ComponentResource):
    """Holds orders that were accepted until they are stored; what cannot be stored ends among its dead letters."""

    label = "orders"
    queue: aws.sqs.Queue
    dead_letters: aws.sqs.Queue
    processor: Function
    visibility_seconds: int

    def __init__(
        self, name: str, args: OrderQueueArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:OrderQueue", name, None, opts)
        encryption = args.settings.encryption
        self.visibility_seconds = visibility_timeout(_TIMEOUT_SECONDS, _BATCHING_WINDOW_SECONDS)
        self.dead_letters = dead_letter_queue(
            f"{name}-dead-letters",
            suffix=f"{self.label}-dead-letters",
            encryption=encryption,
            parent=self,
        )
        self.queue = work_queue(
            f"{name}-queue",
            suffix=self.label,
            visibility_seconds=self.visibility_seconds,
            dead_letters=self.dead_letters,
            encryption=encryption,
            parent=self,
        )
        queue_policy(f"{name}-queue-policy", self.queue, parent=self)
        queue_policy(f"{name}-dead-letters-policy", self.dead_letters, parent=self)
        self.processor = self._processor(name, args)
        feed(
            f"{name}-mapping",
            self.queue,
            self.processor,
            batch_size=_BATCH_SIZE,
            batching_window_seconds=_BATCHING_WINDOW_SECONDS,
            encryption=encryption,
            parent=self,
        )
        self.register_outputs(
            {"queueUrl": self.queue.url, "deadLetterQueueUrl": self.dead_letters.url}
        )

    def _processor(self, name: str, args: OrderQueueArgs) -> Function:
        processor = Function(
            f"{name}-processor",
            FunctionArgs(
                package="processor",
                description="Stores queued orders, each with one conditional write",
                memory_mb=512,
                timeout_seconds=_TIMEOUT_SECONDS,
                environment={"ORDERS_TABLE_NAME": args.table.name},
                settings=args.settings,
                failure_metric="OrdersFailed",
                success_metrics=("OrdersProcessed",),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        keys = args.settings.encryption.table_key_statements(args.table)
        processor.allow("store-orders", [put_order(args.table), *keys], owner=self)
        return processor


def put_order(table: aws.dynamodb.Table) -> Mapping[str, Any]:
    """Return the statement that allows writing orders."""
    return {"Action": "dynamodb:PutItem", "Resource": table.arn}
