"""The stack's customer managed KMS key, and its key policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.naming import ORDER_EVENTS, arn, resource_name

# The longest waiting period of KMS. What a deleted key encrypted cannot be decrypted any more.
_DELETION_WINDOW_DAYS: Final = 30

# A service that writes generates a data key, and decrypts it to verify it.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
WRITE_ACTIONS: Final = ("kms:Decrypt", "kms:GenerateDataKey")

# Without the wildcards of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
_LOG_ACTIONS: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)


@dataclass(frozen=True, kw_only=True)
class EncryptionKeyArgs:
    """The names of the resources that the key policy admits AWS services for.

    A log group's name may contain `*`. Without monitoring there are no alarm topics.
    """

    log_groups: Sequence[str]
    alarm_topics: Sequence[str]
    deletion_protection: bool


class EncryptionKey(pulumi.ComponentResource):
    """A key that is rotated every year, with the alias `<project>-<stack>`."""

    arn: pulumi.Output[str]
    key_id: pulumi.Output[str]
    alias: pulumi.Output[str]

    def __init__(
        self, name: str, args: EncryptionKeyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:EncryptionKey", name, None, opts)
        key = aws.kms.Key(
            f"{name}-key",
            description=f"Encrypts the data of {pulumi.get_project()} in {pulumi.get_stack()}",
            enable_key_rotation=True,
            deletion_window_in_days=_DELETION_WINDOW_DAYS,
            policy=pulumi.Output.json_dumps(_policy(args)),
            opts=pulumi.ResourceOptions(parent=self, protect=args.deletion_protection),
        )
        alias = aws.kms.Alias(
            f"{name}-alias",
            name=f"alias/{pulumi.get_project()}-{pulumi.get_stack()}",
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = key.arn
        self.key_id = key.key_id
        self.alias = alias.name
        self.register_outputs({"keyArn": self.arn, "alias": self.alias})


def _policy(args: EncryptionKeyArgs) -> dict[str, Any]:
    """Return the key policy.

    ARNs are put together from names: the resources are created after the key.
    """
    alarms = [_alarms(args.alarm_topics)] if args.alarm_topics else []
    return {
        "Version": "2012-10-17",
        "Statement": [_account(), _logs(args.log_groups), _deliveries(), *alarms],
    }


def _account() -> dict[str, Any]:
    """Let IAM policies of the account grant permissions on the key.

    Without this statement nobody could change the key policy again.
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    root = arn("iam", "root", regional=False)
    return {
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": {"AWS": root},
        "Action": "kms:*",
        "Resource": "*",
    }


def _logs(log_groups: Sequence[str]) -> dict[str, Any]:
    """Let CloudWatch Logs encrypt the log groups."""
    arns = [arn("logs", f"log-group:{name}") for name in log_groups]
    return {
        "Sid": "Logs",
        "Effect": "Allow",
        "Principal": {
            "Service": pulumi.Output.format(
                "logs.{0}.amazonaws.com", aws.get_region_output().region
            )
        },
        "Action": _LOG_ACTIONS,
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arns}},
    }


def _deliveries() -> dict[str, Any]:
    """Let SNS deliver order events to queues, and undeliverable ones to dead-letter queues.

    https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html
    """
    return {
        "Sid": "Deliveries",
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": WRITE_ACTIONS,
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:SourceArn": arn("sns", resource_name(ORDER_EVENTS))}},
    }


def _alarms(topics: Sequence[str]) -> dict[str, Any]:
    """Let the stack's alarms publish to their topics.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    return {
        "Sid": "Alarms",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": WRITE_ACTIONS,
        "Resource": "*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": arn("cloudwatch", f"alarm:{resource_name('*')}")},
            "StringEquals": {
                "kms:EncryptionContext:aws:sns:topicArn": [arn("sns", name) for name in topics]
            },
        },
    }
