"""A workflow: a queue of its own behind the topic, with its dead-letter queue, feeding one function."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.function import Function
from infra.queue import dead_letter_queue, queue_policy, visibility_timeout, work_queue


@dataclass(frozen=True, kw_only=True)
class WorkflowArgs:
    """Which function takes the topic's events, and how many of them at a time."""

    topic_arn: pulumi.Input[str]
    function: Function
    batch_size: int = 10
    max_concurrency: int | None = None
    """How many batches may be in work at once; None for as many as the function's reserved concurrency allows."""


class Workflow(pulumi.ComponentResource):
    """One consumer of the topic; whatever happens to it, the others do not notice."""

    queue: aws.sqs.Queue
    dead_letters: aws.sqs.Queue
    function: Function
    subscription: aws.sns.TopicSubscription

    def __init__(self, name: str, args: WorkflowArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orders:index:Workflow", name, None, opts)
        self.label = args.function.package
        self.function = args.function
        self.dead_letters = dead_letter_queue(f"{name}-dead-letters", suffix=f"{self.label}-dead-letters", parent=self)
        self.queue = work_queue(
            f"{name}-queue",
            suffix=self.label,
            visibility_seconds=visibility_timeout(args.function.timeout_seconds),
            dead_letters=self.dead_letters,
            parent=self,
        )
        self.subscription = self._subscribe(name, args)
        self._feed(name, args)
        self.register_outputs({"queueUrl": self.queue.url, "deadLetterQueueUrl": self.dead_letters.url})

    def _subscribe(self, name: str, args: WorkflowArgs) -> aws.sns.TopicSubscription:
        # SNS sends to the dead-letter queue itself what it cannot hand to the queue.
        dead_letters_policy = queue_policy(
            f"{name}-dead-letters-policy", self.dead_letters, topics=[args.topic_arn], parent=self
        )
        policy = queue_policy(f"{name}-queue-policy", self.queue, topics=[args.topic_arn], parent=self)
        return aws.sns.TopicSubscription(
            f"{name}-subscription",
            topic=args.topic_arn,
            protocol="sqs",
            endpoint=self.queue.arn,
            raw_message_delivery=True,
            redrive_policy=pulumi.Output.json_dumps({"deadLetterTargetArn": self.dead_letters.arn}),
            # Events that arrive before the policies do would be refused.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, dead_letters_policy]),
        )

    def _feed(self, name: str, args: WorkflowArgs) -> None:
        consume = {
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "Resource": self.queue.arn,
        }
        permission = args.function.allow("consume-queue", [consume], owner=self)
        # Pollers that respect the reserved concurrency do not use up a message's receives on throttles.
        concurrency = args.function.reserved_concurrency or args.max_concurrency
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            event_source_arn=self.queue.arn,
            function_name=args.function.alias.arn,
            batch_size=args.batch_size,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config={"maximum_concurrency": concurrency} if concurrency else None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
