"""A consumer: a queue, its dead-letter queue, and the event source mapping to a Lambda function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.functions.function import Function
from infra.messaging.queue import dead_letter_queue, queue_policy, visibility_timeout, work_queue

if TYPE_CHECKING:
    from infra.encryption import Encryption


@dataclass(frozen=True, kw_only=True)
class ConsumerArgs:
    """`label` is the queue's short name; with a `topic`, its messages are delivered to the queue.

    `max_concurrency` is the number of batches that the function processes at once.
    """

    label: str
    function: Function
    batch_size: int
    max_concurrency: int
    encryption: Encryption
    batching_window_seconds: int = 0
    topic: aws.sns.Topic | None = None


class Consumer(pulumi.ComponentResource):
    """One consumer's failures delay no other; what fails three times is a dead letter."""

    queue: aws.sqs.Queue
    dead_letters: aws.sqs.Queue
    function: Function
    subscription: aws.sns.TopicSubscription | None

    def __init__(
        self, name: str, args: ConsumerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Consumer", name, None, opts)
        self.label = args.label
        self.function = args.function
        self.visibility_seconds = visibility_timeout(
            args.function.timeout_seconds, args.batching_window_seconds
        )
        self.dead_letters = dead_letter_queue(
            f"{name}-dead-letters",
            suffix=f"{args.label}-dead-letters",
            encryption=args.encryption,
            parent=self,
        )
        self.queue = work_queue(
            f"{name}-queue",
            suffix=args.label,
            visibility_seconds=self.visibility_seconds,
            dead_letters=self.dead_letters,
            encryption=args.encryption,
            parent=self,
        )
        # SNS sends undeliverable messages to the dead-letter queue itself.
        policies = [
            queue_policy(f"{name}-{suffix}-policy", queue, parent=self, topic=args.topic)
            for suffix, queue in (("queue", self.queue), ("dead-letters", self.dead_letters))
        ]
        self.subscription = None
        if args.topic:
            redrive = {"deadLetterTargetArn": self.dead_letters.arn}
            self.subscription = aws.sns.TopicSubscription(
                f"{name}-subscription",
                topic=args.topic.arn,
                protocol="sqs",
                endpoint=self.queue.arn,
                raw_message_delivery=True,
                # guard: undeliverable-by-sns-is-a-dead-letter
                redrive_policy=pulumi.Output.json_dumps(redrive),
                # Without the policies SNS could not deliver.
                opts=pulumi.ResourceOptions(parent=self, depends_on=policies),
            )
        consume = {
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "Resource": self.queue.arn,
        }
        key_statements = args.encryption.receive_key_statements(self.queue)
        permission = self.function.allow("consume-queue", [consume, *key_statements], owner=self)
        self._event_source_mapping(name, args, permission)
        self.register_outputs(
            {"queueUrl": self.queue.url, "deadLetterQueueUrl": self.dead_letters.url}
        )

    def _event_source_mapping(
        self, name: str, args: ConsumerArgs, permission: pulumi.Resource
    ) -> None:
        function = args.function
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            event_source_arn=self.queue.arn,
            function_name=function.alias.arn,
            batch_size=args.batch_size,
            maximum_batching_window_in_seconds=args.batching_window_seconds or None,
            # guard: lambda-reads-partial-batch-response
            function_response_types=["ReportBatchItemFailures"],
            scaling_config={"maximum_concurrency": args.max_concurrency},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
