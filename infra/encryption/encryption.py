"""Encryption at rest: AWS managed keys, or a customer managed KMS key (docs/adr/0008)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pulumi
import pulumi_aws as aws

from infra.encryption.key import WRITE_ACTIONS, EncryptionKey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_READ_ACTIONS: Final = ("kms:Decrypt",)

# The default of SQS, and the fixed period of SNS. A longer period costs less, but a revoked
# permission also stays effective for longer.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
_DATA_KEY_REUSE_SECONDS: Final = 300


@dataclass(frozen=True)
class Encryption:
    """The arguments that encrypt a resource, and the key permissions of a role that uses it.

    Without a key, AWS managed keys encrypt, and roles need no permission for them. With one, a role
    may use it through the AWS service alone (`kms:ViaService`), and only for the resource that the
    encryption context names.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """

    key: EncryptionKey | None

    def table_args(self) -> Mapping[str, Any]:
        """Encrypt a table with its indexes, stream and backups."""
        key = {"kms_key_arn": self.key.arn} if self.key else {}
        return {"server_side_encryption": {"enabled": True, **key}}

    def queue_args(self) -> Mapping[str, Any]:
        """Encrypt the bodies of a queue's messages."""
        if self.key is None:
            return {"sqs_managed_sse_enabled": True}
        return {
            "kms_master_key_id": self.key.arn,
            "kms_data_key_reuse_period_seconds": _DATA_KEY_REUSE_SECONDS,
        }

    def event_topic_args(self) -> Mapping[str, Any]:
        """Encrypt the bodies of the messages of the order events' topic."""
        return {"kms_master_key_id": self.key.arn if self.key else "alias/aws/sns"}

    def alarm_topic_args(self) -> Mapping[str, Any]:
        """Encrypt an alarm topic with the stack's key only: CloudWatch may not use `aws/sns`."""
        return {"kms_master_key_id": self.key.arn} if self.key else {}

    def log_group_args(self) -> Mapping[str, Any]:
        """Encrypt a log group; CloudWatch Logs holds the permission, not the role that writes."""
        return {"kms_key_id": self.key.arn} if self.key else {}

    def table_key_statements(self, table: aws.dynamodb.Table) -> Sequence[Mapping[str, Any]]:
        """Let DynamoDB decrypt the table's own key, from which all others follow, the stream's too.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
        """
        account = aws.get_caller_identity_output().account_id
        context = {"aws:dynamodb:tableName": table.name, "aws:dynamodb:subscriberId": account}
        return self._statements(_READ_ACTIONS, "dynamodb", context)

    def send_key_statements(self, queue: aws.sqs.Queue) -> Sequence[Mapping[str, Any]]:
        """Let SQS create data keys for messages that the role sends to a queue."""
        return self._statements(WRITE_ACTIONS, "sqs", {"aws:sqs:arn": queue.arn})

    def receive_key_statements(self, queue: aws.sqs.Queue) -> Sequence[Mapping[str, Any]]:
        """Let SQS decrypt the data keys of messages that the role receives from a queue."""
        return self._statements(_READ_ACTIONS, "sqs", {"aws:sqs:arn": queue.arn})

    def publish_key_statements(self, topic: aws.sns.Topic) -> Sequence[Mapping[str, Any]]:
        """Let SNS create data keys for messages that the role publishes to a topic."""
        return self._statements(WRITE_ACTIONS, "sns", {"aws:sns:topicArn": topic.arn})

    def outputs(self) -> Mapping[str, pulumi.Output[str]]:
        """Return the stack outputs that name the key."""
        if self.key is None:
            return {}
        return {
            "kmsKeyArn": self.key.arn,
            "kmsKeyId": self.key.key_id,
            "kmsKeyAlias": self.key.alias,
        }

    def _statements(
        self, actions: Sequence[str], service: str, context: Mapping[str, pulumi.Input[str]]
    ) -> Sequence[Mapping[str, Any]]:
        if self.key is None:
            return ()
        via = pulumi.Output.format("{0}.{1}.amazonaws.com", service, aws.get_region_output().region)
        conditions = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
        return [
            {
                "Action": actions,
                "Resource": self.key.arn,
                "Condition": {"StringEquals": {"kms:ViaService": via, **conditions}},
            }
        ]
