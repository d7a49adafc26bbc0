"""The e-mail workflow: the Lambda that confirms orders, and its memory of what it has sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from infra.email.transport import Mailing, MailTransport
from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.naming import arn, named
from infra.table import TableSettings, secure_table
from infra.vpc.network import Reach

# What is sent is remembered for as long as its order can be read again, and its event can wait: 14 days, in queue and
# dead-letter queue together, as many again if it is moved back then, and some to spare.
_LONGEST_WAIT_DAYS: Final = 30

_TABLE: Final = "sent-emails"


@dataclass(frozen=True, kw_only=True)
class ConfirmationEmailArgs:
    """How confirmations are sent."""

    transport: MailTransport
    settings: FunctionSettings
    tables: TableSettings
    order_retention_days: int = 90
    confirmations_per_hour: int = 20


class ConfirmationEmail(pulumi.ComponentResource):
    """One email per order event, also when it is delivered twice, and a limit per recipient and hour."""

    sent: aws.dynamodb.Table
    function: Function
    mailing: Mailing

    def __init__(
        self, name: str, args: ConfirmationEmailArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:ConfirmationEmail", name, None, opts)
        self.sent = secure_table(
            f"{name}-sent",
            suffix=_TABLE,
            keys={"hash": "eventId"},
            settings=args.tables,
            parent=self,
            ttl={"attribute_name": "expiresAt", "enabled": True},
        )
        self.mailing = args.transport.create(name, self)
        self.function = Function(
            f"{name}-email",
            FunctionArgs(
                package="email",
                description="Sends one confirmation per order event",
                memory_mb=256,
                timeout_seconds=60,
                environment={
                    "SENT_EMAILS_TABLE_NAME": self.sent.name,
                    "SENT_EMAILS_RETENTION_DAYS": str(
                        args.order_retention_days + _LONGEST_WAIT_DAYS
                    ),
                    "CONFIRMATIONS_PER_HOUR": str(args.confirmations_per_hour),
                    **self.mailing.environment,
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
        remember = [
            _remember(self.sent.arn),
            *args.settings.encryption.table_key_statements(self.sent),
        ]
        self.function.allow("remember-sent", remember, owner=self)
        self.function.allow("send-emails", self.mailing.statements, owner=self)
        self.register_outputs({"sentEmailsTableName": self.sent.name})

    @staticmethod
    def reach() -> Reach:
        """Return what the email function calls to remember; how it sends is the transport's business."""
        return Reach(services={"dynamodb": [_remember(arn("dynamodb", f"table/{named(_TABLE)}"))]})


def _remember(table: pulumi.Output[str]) -> Mapping[str, Any]:
    return {
        "Action": ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
        "Resource": table,
    }
