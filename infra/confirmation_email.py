"""The e-mail workflow: the Lambda that confirms orders, and its memory of what it has sent."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.function import Function, FunctionArgs, FunctionSettings
from infra.mail_transport import MailTransport
from infra.table import secure_table


@dataclass(frozen=True, kw_only=True)
class ConfirmationEmailArgs:
    """How confirmations are sent."""

    transport: MailTransport
    settings: FunctionSettings
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
                environment={"SENT_EMAILS_TABLE_NAME": self.sent.name, **args.transport.environment()},
                settings=args.settings,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        remember = {
            "Action": ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
            "Resource": self.sent.arn,
        }
        self.function.allow("remember-sent", [remember], owner=self)
        self.function.allow("send-emails", args.transport.statements(), owner=self)
        self.register_outputs({"sentEmailsTableName": self.sent.name})
