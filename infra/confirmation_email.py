"""The e-mail workflow: the Lambda that confirms orders, and its memory of what it has sent."""

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.function import Function, FunctionArgs, FunctionSettings
from infra.mail_transport import MailTransport
from infra.table import secure_table

# What is sent is remembered for as long as its order can be read again, and its event can wait: 4 days in the queue,
# then 14 in the dead-letter queue, and some to spare.
_LONGEST_WAIT_DAYS: Final = 30


@dataclass(frozen=True, kw_only=True)
class ConfirmationEmailArgs:
    """How confirmations are sent."""

    transport: MailTransport
    settings: FunctionSettings
    order_retention_days: int = 90
    deletion_protection: bool = False


class ConfirmationEmail(pulumi.ComponentResource):
    """One e-mail per order event, whatever is delivered twice."""

    sent: aws.dynamodb.Table
    function: Function

    def __init__(self, name: str, args: ConfirmationEmailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orders:index:ConfirmationEmail", name, None, opts)
        self.sent = secure_table(
            f"{name}-sent",
            suffix="sent-emails",
            keys={"hash": "eventId"},
            deletion_protection=args.deletion_protection,
            encryption=args.settings.encryption,
            parent=self,
            ttl={"attribute_name": "expiresAt", "enabled": True},
        )
        self.function = Function(
            f"{name}-email",
            FunctionArgs(
                package="email",
                description="Sends one confirmation per order event",
                memory_mb=256,
                timeout_seconds=60,
                environment={
                    "SENT_EMAILS_TABLE_NAME": self.sent.name,
                    "SENT_EMAILS_RETENTION_DAYS": str(args.order_retention_days + _LONGEST_WAIT_DAYS),
                    **args.transport.environment(),
                },
                settings=args.settings,
                failure_metric="EmailsFailed",
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        remember = {
            "Action": ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
            "Resource": self.sent.arn,
        }
        self.function.allow("remember-sent", [remember, *args.settings.encryption.to_use_table(self.sent)], owner=self)
        self.function.allow("send-emails", args.transport.statements(), owner=self)
        self.register_outputs({"sentEmailsTableName": self.sent.name})
