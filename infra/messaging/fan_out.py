"""Fan-out of order events: the stream of the orders table, relay, SNS topic, consumers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.messaging.consumer import Consumer, ConsumerArgs
from infra.messaging.queue import dead_letter_queue, queue_policy, tls_only
from infra.naming import ORDER_EVENTS, resource_name

# How long the relay retries a batch; the stream keeps records for 24 hours (docs/adr/0006).
_MAXIMUM_RECORD_AGE: Final = timedelta(hours=6)
_RELAY_BATCH_SIZE: Final = 100

# An event source mapping of a stream needs this action, which has no resource type. It returns the
# ARNs of streams, no records.
# https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-create-event-source-mapping.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
_LIST_STREAMS: Final = {"Action": "dynamodb:ListStreams", "Resource": "*"}

# A new order is inserted, or replaces an expired one that still exists (docs/adr/0024).
_WRITTEN_RECORDS: Final = {"eventName": ["INSERT", "MODIFY"]}


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """A function that consumes order events, and the settings of its event source mapping."""

    function: Function
    batch_size: int = 10
    batching_window_seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class FanOutArgs:
    """The orders table, whose stream reports new orders, and the workflows that consume them.

    `parallelization_factor` is the number of batches of a shard that the relay publishes at once,
    and `batching_window_seconds` the time for which such a batch waits for more orders.
    """

    settings: FunctionSettings
    table: aws.dynamodb.Table
    workflows: Sequence[Workflow]
    parallelization_factor: int
    batching_window_seconds: int


class FanOut(pulumi.ComponentResource):
    """Publishes each new order once, and delivers it to a queue of each workflow."""

    topic: aws.sns.Topic
    relay: Function
    relay_dead_letters: aws.sqs.Queue
    consumers: Sequence[Consumer]

    def __init__(
        self, name: str, args: FanOutArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:FanOut", name, None, opts)
        self._name = name
        encryption = args.settings.encryption
        self.topic = self._topic(args)
        self.consumers = [
            Consumer(
                f"{name}-{workflow.function.package}",
                ConsumerArgs(
                    label=workflow.function.package,
                    function=workflow.function,
                    batch_size=workflow.batch_size,
                    batching_window_seconds=workflow.batching_window_seconds,
                    max_concurrency=args.settings.maximum_concurrency[workflow.function.package],
                    encryption=encryption,
                    topic=self.topic,
                ),
                pulumi.ResourceOptions(
                    parent=self, aliases=[pulumi.Alias(type_="orders:index:Workflow")]
                ),
            )
            for workflow in args.workflows
        ]
        self.relay_dead_letters = dead_letter_queue(
            f"{name}-relay-dead-letters",
            suffix="relay-dead-letters",
            encryption=encryption,
            parent=self,
        )
        queue_policy(
            f"{name}-relay-dead-letters-policy", self.relay_dead_letters, parent=self, topic=None
        )
        self.relay = Function(
            f"{name}-relay",
            FunctionArgs(
                package="relay",
                description="Publishes new orders from the stream of the orders table",
                timeout_seconds=60,
                environment={"TOPIC_ARN": self.topic.arn},
                settings=args.settings,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        publish = {"Action": "sns:Publish", "Resource": self.topic.arn}
        key_statements = encryption.publish_key_statements(self.topic)
        self.relay.allow("publish-events", [publish, *key_statements], owner=self)
        self._map_stream(args)
        self.register_outputs(
            {"topicArn": self.topic.arn, "relayDeadLetterQueueUrl": self.relay_dead_letters.url}
        )

    @property
    def functions(self) -> list[Function]:
        """The relay, and the function of each workflow."""
        return [self.relay, *(consumer.function for consumer in self.consumers)]

    def _topic(self, args: FanOutArgs) -> aws.sns.Topic:
        topic = aws.sns.Topic(
            f"{self._name}-topic",
            name=resource_name(ORDER_EVENTS),
            opts=pulumi.ResourceOptions(parent=self),
            **args.settings.encryption.event_topic_args(),
        )
        document = {"Version": "2012-10-17", "Statement": [tls_only("sns:Publish", topic.arn)]}
        aws.sns.TopicPolicy(
            f"{self._name}-topic-policy",
            arn=topic.arn,
            policy=pulumi.Output.json_dumps(document),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return topic

    def _map_stream(self, args: FanOutArgs) -> None:
        """Let the relay consume the stream from its oldest record on."""
        encryption = args.settings.encryption
        read = {
            "Action": [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
            ],
            "Resource": args.table.stream_arn,
        }
        send = {"Action": "sqs:SendMessage", "Resource": self.relay_dead_letters.arn}
        key_statements = (
            *encryption.table_key_statements(args.table),
            *encryption.send_key_statements(self.relay_dead_letters),
        )
        permission = self.relay.allow(
            "consume-stream", [read, _LIST_STREAMS, send, *key_statements], owner=self
        )
        # A workflow misses events that are published before its queue is subscribed.
        subscriptions = [each.subscription for each in self.consumers if each.subscription]
        pattern = pulumi.Output.json_dumps(_WRITTEN_RECORDS)
        aws.lambda_.EventSourceMapping(
            f"{self._name}-relay-mapping",
            event_source_arn=args.table.stream_arn,
            function_name=self.relay.alias.arn,
            starting_position="TRIM_HORIZON",
            batch_size=_RELAY_BATCH_SIZE,
            parallelization_factor=args.parallelization_factor,
            maximum_batching_window_in_seconds=args.batching_window_seconds or None,
            filter_criteria={"filters": [{"pattern": pattern}]},
            bisect_batch_on_function_error=True,
            maximum_record_age_in_seconds=int(_MAXIMUM_RECORD_AGE.total_seconds()),
            # guard: unpublished-by-relay-is-a-dead-letter
            destination_config={"on_failure": {"destination_arn": self.relay_dead_letters.arn}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission, *subscriptions]),
        )
