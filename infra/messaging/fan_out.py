"""From the orders table's stream to every workflow: relay, topic, and a queue per workflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.messaging.queue import MAX_CONCURRENCY, dead_letter_queue, queue_policy, tls_only
from infra.messaging.workflow import Workflow, WorkflowArgs
from infra.naming import ORDER_EVENTS, named

# How long the relay tries before it hands a batch to its dead-letter queue; the stream forgets after 24 hours
# (docs/adr/0006).
_RELAY_GIVES_UP_AFTER: Final = timedelta(hours=6)
_RELAY_BATCH_SIZE: Final = 100

# Lambda refuses an event source mapping of a stream unless the role has this action, which has no resource
# type: an ARN grants nothing. It returns the ARNs of streams, never a record.
# https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-create-event-source-mapping.html
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
_LIST_STREAMS: Final = {"Action": "dynamodb:ListStreams", "Resource": "*"}

# A new order is inserted, or replaces an expired one that DynamoDB has not deleted yet (docs/adr/0024).
_WRITTEN_RECORDS_ONLY: Final = {"eventName": ["INSERT", "MODIFY"]}


@dataclass(frozen=True, kw_only=True)
class FanOutArgs:
    """What the stack decides about the relay."""

    settings: FunctionSettings


class FanOut(pulumi.ComponentResource):
    """Publishes every new order once, and delivers it to each workflow that was added."""

    topic: aws.sns.Topic
    relay: Function
    relay_dead_letters: aws.sqs.Queue
    workflows: list[Workflow]

    def __init__(
        self, name: str, args: FanOutArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:FanOut", name, None, opts)
        self._name = name
        self._encryption = args.settings.encryption
        self.workflows = []
        self.topic = self._topic()
        self.relay = self._relay(args)
        self.relay_dead_letters = dead_letter_queue(
            f"{name}-relay-dead-letters",
            suffix="relay-dead-letters",
            encryption=self._encryption,
            parent=self,
        )
        queue_policy(f"{name}-relay-dead-letters-policy", self.relay_dead_letters, parent=self)
        self.register_outputs(
            {"topicArn": self.topic.arn, "relayDeadLetterQueueUrl": self.relay_dead_letters.url}
        )

    def add_workflow(
        self, function: Function, *, batch_size: int = 10, max_concurrency: int = MAX_CONCURRENCY
    ) -> Workflow:
        """Deliver every order event to one more function, through a queue and a dead-letter queue of its own.

        `max_concurrency` holds where the stack says nothing about the function.
        """
        workflow = Workflow(
            f"{self._name}-{function.package}",
            WorkflowArgs(
                topic_arn=self.topic.arn,
                function=function,
                encryption=self._encryption,
                batch_size=batch_size,
                max_concurrency=max_concurrency,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.workflows.append(workflow)
        return workflow

    def relay_from(self, table: aws.dynamodb.Table) -> None:
        """Start publishing what arrives on a table's stream, from its oldest record on.

        Call it once, after the workflows were added: an event that is published before a workflow has subscribed is
        lost to it.
        """
        self._feed_relay(table, after=[workflow.subscription for workflow in self.workflows])

    def _topic(self) -> aws.sns.Topic:
        topic = aws.sns.Topic(
            f"{self._name}-topic",
            name=named(ORDER_EVENTS),
            opts=pulumi.ResourceOptions(parent=self),
            **self._encryption.event_topic_args(),
        )
        document = {"Version": "2012-10-17", "Statement": [tls_only("sns:Publish", topic.arn)]}
        aws.sns.TopicPolicy(
            f"{self._name}-topic-policy",
            arn=topic.arn,
            policy=pulumi.Output.json_dumps(document),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return topic

    def _relay(self, args: FanOutArgs) -> Function:
        relay = Function(
            f"{self._name}-relay",
            FunctionArgs(
                package="relay",
                description="Publishes what the orders table's stream reports as new",
                memory_mb=256,
                timeout_seconds=60,
                environment={"TOPIC_ARN": self.topic.arn},
                settings=args.settings,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        relay.allow(
            "publish-events",
            [_publish(self.topic.arn), *self._encryption.publish_key_statements(self.topic)],
            owner=self,
        )
        return relay

    def _feed_relay(self, table: aws.dynamodb.Table, *, after: Sequence[pulumi.Resource]) -> None:
        read = {
            "Action": [
                "dynamodb:DescribeStream",
                "dynamodb:GetRecords",
                "dynamodb:GetShardIterator",
            ],
            "Resource": table.stream_arn,
        }
        give_up = {"Action": "sqs:SendMessage", "Resource": self.relay_dead_letters.arn}
        keys = (
            *self._encryption.table_key_statements(table),
            *self._encryption.send_key_statements(self.relay_dead_letters),
        )
        permission = self.relay.allow(
            "consume-stream", [read, _LIST_STREAMS, give_up, *keys], owner=self
        )
        aws.lambda_.EventSourceMapping(
            f"{self._name}-relay-mapping",
            event_source_arn=table.stream_arn,
            function_name=self.relay.alias.arn,
            starting_position="TRIM_HORIZON",
            batch_size=_RELAY_BATCH_SIZE,
            filter_criteria={
                "filters": [{"pattern": pulumi.Output.json_dumps(_WRITTEN_RECORDS_ONLY)}]
            },
            bisect_batch_on_function_error=True,
            maximum_record_age_in_seconds=int(_RELAY_GIVES_UP_AFTER.total_seconds()),
            # guard: unpublished-by-relay-is-a-dead-letter
            destination_config={"on_failure": {"destination_arn": self.relay_dead_letters.arn}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission, *after]),
        )


def _publish(topic: pulumi.Output[str]) -> Mapping[str, Any]:
    return {"Action": "sns:Publish", "Resource": topic}
