"""Queues that take part in the pipeline: encrypted, TLS only, and never without a place for what fails."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.encryption import Encryption
from infra.functions.function import Function
from infra.naming import named

RETENTION_SECONDS: Final = int(timedelta(days=4).total_seconds())
DEAD_LETTER_RETENTION_SECONDS: Final = int(timedelta(days=14).total_seconds())
MAX_RECEIVES: Final = 3

# How many batches of a queue are in work at once. A full queue then leaves executions for clients even in an account
# whose limit is 10, as that of new accounts is.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
MAX_CONCURRENCY: Final = 5

# The longest that SQS offers, and what costs least.
_LONG_POLLING_SECONDS: Final = 20

# AWS asks for six times the function's time-out, so that Lambda can retry a throttled batch before it is seen again.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
_VISIBILITY_FACTOR: Final = 6


def visibility_timeout(function_timeout_seconds: int, batching_window_seconds: int = 0) -> int:
    """Return the visibility time-out, in seconds, for a queue that feeds a function."""
    return _VISIBILITY_FACTOR * function_timeout_seconds + batching_window_seconds


def dead_letter_queue(
    name: str, *, suffix: str, encryption: Encryption, parent: pulumi.Resource
) -> aws.sqs.Queue:
    """Return a queue that keeps what failed for 14 days, the longest that SQS offers."""
    return aws.sqs.Queue(
        name,
        name=named(suffix),
        message_retention_seconds=DEAD_LETTER_RETENTION_SECONDS,
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
    """Return a queue whose messages move to `dead_letters` after the third receive that did not finish them."""
    redrive = {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MAX_RECEIVES}
    queue = aws.sqs.Queue(
        name,
        name=named(suffix),
        message_retention_seconds=RETENTION_SECONDS,
        receive_wait_time_seconds=_LONG_POLLING_SECONDS,
        visibility_timeout_seconds=visibility_seconds,
        # guard: third-receive-is-the-last
        redrive_policy=pulumi.Output.json_dumps(redrive),
        opts=pulumi.ResourceOptions(parent=parent),
        **encryption.queue_args(),
    )
    allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [queue.arn]}
    aws.sqs.RedriveAllowPolicy(
        f"{name}-redrive-allow",
        queue_url=dead_letters.url,
        redrive_allow_policy=pulumi.Output.json_dumps(allowed),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return queue


def feed(
    name: str,
    queue: aws.sqs.Queue,
    function: Function,
    *,
    batch_size: int,
    encryption: Encryption,
    parent: pulumi.Resource,
    batching_window_seconds: int = 0,
    max_concurrency: int = MAX_CONCURRENCY,
) -> aws.lambda_.EventSourceMapping:
    """Let a function consume a queue; of each batch, what it reports as failed is delivered again.

    `max_concurrency` says how many batches may be in work at once where the stack says nothing about the function.
    """
    consume = {
        "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        "Resource": queue.arn,
    }
    permission = function.allow(
        "consume-queue", [consume, *encryption.receive_key_statements(queue)], owner=parent
    )
    # Pollers that respect the reserved concurrency do not use up a message's receives on throttles.
    concurrency = function.maximum_concurrency or function.reserved_concurrency or max_concurrency
    return aws.lambda_.EventSourceMapping(
        name,
        event_source_arn=queue.arn,
        function_name=function.alias.arn,
        batch_size=batch_size,
        maximum_batching_window_in_seconds=batching_window_seconds or None,
        # guard: lambda-reads-partial-batch-response
        function_response_types=["ReportBatchItemFailures"],
        scaling_config={"maximum_concurrency": concurrency},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[permission]),
    )


def queue_policy(
    name: str,
    queue: aws.sqs.Queue,
    *,
    parent: pulumi.Resource,
    topics: Sequence[pulumi.Input[str]] = (),
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
