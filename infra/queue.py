"""Queues that take part in the pipeline: encrypted, TLS only, and never without a place for what fails."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.naming import named

RETENTION_SECONDS: Final = int(timedelta(days=4).total_seconds())
DEAD_LETTER_RETENTION_SECONDS: Final = int(timedelta(days=14).total_seconds())
MAX_RECEIVES: Final = 3

# The longest that SQS offers, and what costs least.
_LONG_POLLING_SECONDS: Final = 20

# AWS asks for six times the function's time-out, so that Lambda can retry a throttled batch before it is seen again.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_VISIBILITY_FACTOR: Final = 6


def visibility_timeout(function_timeout_seconds: int, batching_window_seconds: int = 0) -> int:
    """Return the visibility time-out, in seconds, for a queue that feeds a function."""
    return _VISIBILITY_FACTOR * function_timeout_seconds + batching_window_seconds


def dead_letter_queue(name: str, *, suffix: str, parent: pulumi.Resource) -> aws.sqs.Queue:
    """Return a queue that keeps what failed for 14 days, the longest that SQS offers."""
    return aws.sqs.Queue(
        name,
        name=named(suffix),
        message_retention_seconds=DEAD_LETTER_RETENTION_SECONDS,
        receive_wait_time_seconds=_LONG_POLLING_SECONDS,
        sqs_managed_sse_enabled=True,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def work_queue(
    name: str, *, suffix: str, visibility_seconds: int, dead_letters: aws.sqs.Queue, parent: pulumi.Resource
) -> aws.sqs.Queue:
    """Return a queue whose messages move to `dead_letters` after the third receive that did not finish them."""
    redrive = {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVES}
    queue = aws.sqs.Queue(
        name,
        name=named(suffix),
        message_retention_seconds=RETENTION_SECONDS,
        receive_wait_time_seconds=_LONG_POLLING_SECONDS,
        visibility_timeout_seconds=visibility_seconds,
        sqs_managed_sse_enabled=True,
        redrive_policy=pulumi.Output.json_dumps(redrive),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
    aws.sqs.RedriveAllowPolicy(
        f"{name}-redrive-allow",
        queue_url=dead_letters.url,
        redrive_allow_policy=pulumi.Output.json_dumps(allowed),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return queue


def queue_policy(
    name: str, queue: aws.sqs.Queue, *, parent: pulumi.Resource, topics: Sequence[pulumi.Input[str]] = ()
) -> aws.sqs.QueuePolicy:
    """Let the given topics send to a queue, and refuse everyone who does not use TLS."""
    statements = [_from_topic(queue, topic) for topic in topics]
    document = {"Version": "2012-10-17", "Statement": [*statements, tls_only("sqs:*", queue.arn)]}
    return aws.sqs.QueuePolicy(
        name,
        queue_url=queue.url,
        policy=pulumi.Output.json_dumps(document),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def tls_only(action: str, resource: pulumi.Input[str]) -> dict[str, Any]:
    """Return the statement that refuses requests which do not come over TLS."""
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _from_topic(queue: aws.sqs.Queue, topic: pulumi.Input[str]) -> dict[str, Any]:
    return {
        "Sid": "FromTopic",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
