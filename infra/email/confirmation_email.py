"""The confirmation email workflow: the Lambda that sends, and its table of sent emails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from handlers.common.contract import LONGEST_WAIT
from infra.email.ses import ses_transport
from infra.email.transport import EmailTransport, SmtpServer, smtp_transport
from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.table import TableSettings, secure_table

if TYPE_CHECKING:
    from infra.config.values import SesIdentity

# An order can be replayed until it expires. The record of its email is kept for the longest wait of
# the event after that. The 12 days more are for a second redrive within 12 days of the first.
_RETENTION_AFTER_ORDER: Final = LONGEST_WAIT + timedelta(days=12)


@dataclass(frozen=True, kw_only=True)
class ConfirmationEmailArgs:
    """How confirmations are sent: with an SMTP server, through it; otherwise through SES."""

    settings: FunctionSettings
    tables: TableSettings
    sender: str
    ses_identity: SesIdentity
    smtp: SmtpServer | None
    order_retention_days: int
    confirmations_per_hour: int


class ConfirmationEmail(pulumi.ComponentResource):
    """One email per order event, also if it is delivered twice, with a limit per recipient."""

    sent_emails: aws.dynamodb.Table
    function: Function
    transport: EmailTransport

    def __init__(
        self, name: str, args: ConfirmationEmailArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:ConfirmationEmail", name, None, opts)
        self.sent_emails = secure_table(
            f"{name}-sent",
            suffix="sent-emails",
            keys={"hash": "eventId"},
            settings=args.tables,
            parent=self,
            ttl={"attribute_name": "expiresAt", "enabled": True},
        )
        if args.smtp:
            self.transport = smtp_transport(args.sender, args.smtp)
        else:
            self.transport = ses_transport(name, args.sender, args.ses_identity, self)
        retention_days = args.order_retention_days + _RETENTION_AFTER_ORDER.days
        self.function = Function(
            f"{name}-email",
            FunctionArgs(
                package="email",
                description="Sends one confirmation per order event",
                timeout_seconds=60,
                environment={
                    "SENT_EMAILS_TABLE_NAME": self.sent_emails.name,
                    "SENT_EMAILS_RETENTION_DAYS": str(retention_days),
                    "CONFIRMATIONS_PER_HOUR": str(args.confirmations_per_hour),
                    **self.transport.environment,
                },
                settings=args.settings,
                failure_metric="EmailsFailed",
                success_metrics=(
                    "EmailsSent",
                    "EmailsSkipped",
                    "EmailsRejected",
                    "EmailsSuppressed",
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        remember = {
            "Action": ["dynamodb:PartiQLInsert", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
            "Resource": self.sent_emails.arn,
        }
        key_statements = args.settings.encryption.table_key_statements(self.sent_emails)
        self.function.allow("remember-sent", [remember, *key_statements], owner=self)
        self.function.allow("send-emails", self.transport.statements, owner=self)
        self.register_outputs({"sentEmailsTableName": self.sent_emails.name})
