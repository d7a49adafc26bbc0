"""A workflow: a queue of its own behind the topic, with its dead-letter queue, feeding one function."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.encryption import Encryption
from infra.functions.function import Function
from infra.messaging.queue import (
    MAX_CONCURRENCY,
    dead_letter_queue,
    feed,
    queue_policy,
    visibility_timeout,
    work_queue,
)


@dataclass(frozen=True, kw_only=True)
class WorkflowArgs:
    """Which function takes the topic's events, and how many of them at a time."""

    topic_arn: pulumi.Input[str]
    function: Function
    encryption: Encryption
    batch_size: int = 10
    max_concurrency: int = MAX_CONCURRENCY
    """How many batches may be in work at once where the stack says nothing about the function."""


class Workflow(pulumi.ComponentResource):
    """One consumer of the topic; whatever happens to it, the others do not notice."""

    queue: aws.sqs.Queue
    dead_letters: aws.sqs.Queue
    function: Function
    subscription: aws.sns.TopicSubscription

    def __init__(
        self, name: str, args: WorkflowArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:Workflow", name, None, opts)
        self.label = args.function.package
        self.function = args.function
        self.dead_letters = dead_letter_queue(
            f"{name}-dead-letters",
            suffix=f"{self.label}-dead-letters",
            encryption=args.encryption,
            parent=self,
        )
        self.queue = work_queue(
            f"{name}-queue",
            suffix=self.label,
            visibility_seconds=visibility_timeout(args.function.timeout_seconds),
            dead_letters=self.dead_letters,
            encryption=args.encryption,
            parent=self,
        )
        self.subscription = self._subscribe(name, args)
        feed(
            f"{name}-mapping",
            self.queue,
            args.function,
            batch_size=args.batch_size,
            max_concurrency=args.max_concurrency,
            encryption=args.encryption,
            parent=self,
        )
        self.register_outputs(
            {"queueUrl": self.queue.url, "deadLetterQueueUrl": self.dead_letters.url}
        )

    def _subscribe(self, name: str, args: WorkflowArgs) -> aws.sns.TopicSubscription:
        # SNS sends to the dead-letter queue itself what it cannot hand to the queue.
        dead_letters_policy = queue_policy(
            f"{name}-dead-letters-policy", self.dead_letters, topics=[args.topic_arn], parent=self
        )
        policy = queue_policy(
            f"{name}-queue-policy", self.queue, topics=[args.topic_arn], parent=self
        )
        return aws.sns.TopicSubscription(
            f"{name}-subscription",
            topic=args.topic_arn,
            protocol="sqs",
            endpoint=self.queue.arn,
            raw_message_delivery=True,
            # guard: undeliverable-by-sns-is-a-dead-letter
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": self.dead_letters.arn}),
            # Events that arrive before the policies do would be refused.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, dead_letters_policy]),
        )
