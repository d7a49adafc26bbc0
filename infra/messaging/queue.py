"""SQS queues and dead-letter queues: retention, visibility timeout, redrive, encryption, TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi_aws as aws

from handlers.common.contract import DEAD_LETTER_RETENTION, MAX_RECEIVES, QUEUE_RETENTION
from infra.naming import resource_name

if TYPE_CHECKING:
    from infra.encryption import Encryption

# The maximum of SQS, and the cheapest.
_LONG_POLLING_SECONDS: Final = 20

# AWS recommends six function timeouts, so that Lambda can retry a throttled batch meanwhile.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_VISIBILITY_FACTOR: Final = 6


def visibility_timeout(function_timeout_seconds: int, batching_window_seconds: int) -> int:
    """Return the visibility timeout, in seconds, of a queue that a function consumes."""
    return _VISIBILITY_FACTOR * function_timeout_seconds + batching_window_seconds


def dead_letter_queue(
    name: str, *, suffix: str, encryption: Encryption, parent: pulumi.Resource
) -> aws.sqs.Queue:
    """Create a queue for failed messages, which keeps them as long as SQS allows."""
    return aws.sqs.Queue(
        name,
        name=resource_name(suffix),
        message_retention_seconds=int(DEAD_LETTER_RETENTION.total_seconds()),
        receive_wait_time_seconds=_LONG_POLLING_SECONDS,
        opts=pulumi.ResourceOptions(parent=parent),
        **encryption.queue_args(),
    )


def work_queue(
    name: str,
    *,
    suffix: str,
    visibility_seconds: int,
    dead_letters: aws.sqs.Queue,
    encryption: Encryption,
    parent: pulumi.Resource,
) -> aws.sqs.Queue:
    """Create a queue whose messages move to `dead_letters` after the third failed receive."""
    redrive = {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVES}
    queue = aws.sqs.Queue(
        name,
        name=resource_name(suffix),
        message_retention_seconds=int(QUEUE_RETENTION.total_seconds()),
        receive_wait_time_seconds=_LONG_POLLING_SECONDS,
        visibility_timeout_seconds=visibility_seconds,
        # guard: third-receive-is-the-last
        redrive_policy=pulumi.Output.json_dumps(redrive),
        opts=pulumi.ResourceOptions(parent=parent),
        **encryption.queue_args(),
    )
    allow = {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
    aws.sqs.RedriveAllowPolicy(
        f"{name}-redrive-allow",
        queue_url=dead_letters.url,
        redrive_allow_policy=pulumi.Output.json_dumps(allow),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return queue


def queue_policy(
    name: str, queue: aws.sqs.Queue, *, parent: pulumi.Resource, topic: aws.sns.Topic | None
) -> aws.sqs.QueuePolicy:
    """Allow a topic to send to a queue, and deny requests without TLS."""
    statements = [tls_only("sqs:*", queue.arn)]
    if topic:
        from_topic = {
            "Sid": "FromTopic",
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue.arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic.arn}},
        }
        statements.insert(0, from_topic)
    return aws.sqs.QueuePolicy(
        name,
        queue_url=queue.url,
        policy=pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements}),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def tls_only(action: str, resource: pulumi.Input[str]) -> dict[str, Any]:
    """Return the statement that denies requests without TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
