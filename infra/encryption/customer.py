"""Encryption with the stack's own key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.encryption.key import TO_WRITE, EncryptionKey

_TO_READ: Final = ("kms:Decrypt",)

# What SQS does by itself, and SNS always: longer costs less, but keeps a withdrawn permission alive for as long.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
_DATA_KEY_REUSE_SECONDS: Final = 300


@dataclass(frozen=True)
class CustomerKey:
    """One key for everything; a role may use it for the very resources that it may use, through their services alone.

    That is what the conditions say: KMS is called by the service (`kms:ViaService`), on behalf of the role, and the
    encryption context tells for which resource.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """

    key: EncryptionKey

    def table(self) -> Mapping[str, Any]:
        """Encrypt a table, its indexes, its stream and its backups."""
        return {"server_side_encryption": {"enabled": True, "kms_key_arn": self.key.arn}}

    def queue(self) -> Mapping[str, Any]:
        """Encrypt the bodies of a queue's messages."""
        return {
            "kms_master_key_id": self.key.arn,
            "kms_data_key_reuse_period_seconds": _DATA_KEY_REUSE_SECONDS,
        }

    def events_topic(self) -> Mapping[str, Any]:
        """Encrypt the bodies of a topic's messages."""
        return {"kms_master_key_id": self.key.arn}

    def alarms_topic(self) -> Mapping[str, Any]:
        """Encrypt it as well: this key's policy admits CloudWatch."""
        return {"kms_master_key_id": self.key.arn}

    def log_group(self) -> Mapping[str, Any]:
        """Encrypt a log group; who writes to it needs no permission, CloudWatch Logs has it."""
        return {"kms_key_id": self.key.arn}

    def to_use_table(self, table: aws.dynamodb.Table) -> Sequence[Mapping[str, Any]]:
        """Let DynamoDB decrypt the table's own key, from which all others follow, those of its stream too.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
        """
        account = aws.get_caller_identity_output().account_id
        context = {"aws:dynamodb:tableName": table.name, "aws:dynamodb:subscriberId": account}
        return [self._statement(_TO_READ, "dynamodb", context)]

    def to_send(self, queue: aws.sqs.Queue) -> Sequence[Mapping[str, Any]]:
        """Let SQS make data keys for the queue."""
        return [self._statement(TO_WRITE, "sqs", {"aws:sqs:arn": queue.arn})]

    def to_receive(self, queue: aws.sqs.Queue) -> Sequence[Mapping[str, Any]]:
        """Let SQS decrypt the queue's data keys."""
        return [self._statement(_TO_READ, "sqs", {"aws:sqs:arn": queue.arn})]

    def to_publish(self, topic: aws.sns.Topic) -> Sequence[Mapping[str, Any]]:
        """Let SNS make data keys for the topic."""
        return [self._statement(TO_WRITE, "sns", {"aws:sns:topicArn": topic.arn})]

    def outputs(self) -> Mapping[str, pulumi.Output[str]]:
        """Tell which key it is."""
        return {
            "kmsKeyArn": self.key.arn,
            "kmsKeyId": self.key.key_id,
            "kmsKeyAlias": self.key.alias,
        }

    def _statement(
        self, actions: Sequence[str], service: str, context: Mapping[str, pulumi.Input[str]]
    ) -> Mapping[str, Any]:
        via = pulumi.Output.format("{0}.{1}.amazonaws.com", service, aws.get_region_output().region)
        bound = {f"kms:EncryptionContext:{name}": value for name, value in context.items()}
        return {
            "Action": actions,
            "Resource": self.key.arn,
            "Condition": {"StringEquals": {"kms:ViaService": via, **bound}},
        }
