"""The audit workflow: an append-only table and the Lambda that writes it."""

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from infra.function import Function, FunctionArgs, FunctionSettings
from infra.table import secure_table

ORDER_INDEX: Final = "OrderIdIndex"


@dataclass(frozen=True, kw_only=True)
class AuditStoreArgs:
    """What the stack decides about the audit trail."""

    settings: FunctionSettings
    deletion_protection: bool = False


class AuditStore(pulumi.ComponentResource):
    """One record per order event; no role may change or delete it."""

    table: aws.dynamodb.Table
    function: Function

    def __init__(self, name: str, args: AuditStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("orders:index:AuditStore", name, None, opts)
        self.table = secure_table(
            f"{name}-table",
            suffix="audit-logs",
            keys={"hash": "auditId", "range": "timestamp"},
            index_name=ORDER_INDEX,
            index={"hash": "orderId", "range": "timestamp"},
            deletion_protection=args.deletion_protection,
            encryption=args.settings.encryption,
            parent=self,
        )
        self.function = Function(
            f"{name}-audit",
            FunctionArgs(
                package="audit",
                description="Writes one audit record per order event",
                memory_mb=256,
                timeout_seconds=30,
                environment={"AUDIT_TABLE_NAME": self.table.name},
                settings=args.settings,
                failure_metric="AuditRecordsFailed",
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        record = {"Action": "dynamodb:PutItem", "Resource": self.table.arn}
        self.function.allow("write-records", [record, *args.settings.encryption.to_use_table(self.table)], owner=self)
        self.register_outputs({"tableName": self.table.name})
