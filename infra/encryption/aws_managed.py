"""Encryption with AWS's own keys."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws


class AwsManaged:
    """The keys that AWS manages, which cost nothing and need no permission (docs/adr/0008)."""

    def table(self) -> Mapping[str, Any]:
        """Encrypt with `aws/dynamodb`."""
        return {"server_side_encryption": {"enabled": True}}

    def queue(self) -> Mapping[str, Any]:
        """Encrypt with a key of SQS's."""
        return {"sqs_managed_sse_enabled": True}

    def events_topic(self) -> Mapping[str, Any]:
        """Encrypt with `aws/sns`."""
        return {"kms_master_key_id": "alias/aws/sns"}

    def alarms_topic(self) -> Mapping[str, Any]:
        """Do not encrypt: CloudWatch may not use `aws/sns` (docs/adr/0008)."""
        return {}

    def log_group(self) -> Mapping[str, Any]:
        """Leave it to CloudWatch Logs, which encrypts with a key of its own."""
        return {}

    def to_use_table(self, table: aws.dynamodb.Table) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - the protocol's
        """Need nothing more."""
        return ()

    def to_send(self, queue: aws.sqs.Queue) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - as above
        """Need nothing more."""
        return ()

    def to_receive(self, queue: aws.sqs.Queue) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - as above
        """Need nothing more."""
        return ()

    def to_publish(self, topic: aws.sns.Topic) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - as above
        """Need nothing more."""
        return ()

    def outputs(self) -> Mapping[str, pulumi.Output[str]]:
        """Tell nothing."""
        return {}
