"""The audit workflow: an append-only table, and the Lambda that writes it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from handlers.common.contract import ORDER_INDEX
from infra.functions.function import Function, FunctionArgs, FunctionSettings
from infra.table import TableSettings, secure_table


@dataclass(frozen=True, kw_only=True)
class AuditStoreArgs:
    """What the stack decides for functions and tables."""

    settings: FunctionSettings
    tables: TableSettings


class AuditStore(pulumi.ComponentResource):
    """One audit record per order event; no role may change or delete it."""

    table: aws.dynamodb.Table
    function: Function

    def __init__(
        self, name: str, args: AuditStoreArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("orders:index:AuditStore", name, None, opts)
        self.table = secure_table(
            f"{name}-table",
            suffix="audit-logs",
            keys={"hash": "auditId", "range": "timestamp"},
            index_name=ORDER_INDEX,
            index={"hash": "orderId", "range": "timestamp"},
            settings=args.tables,
            parent=self,
        )
        self.function = Function(
            f"{name}-audit",
            FunctionArgs(
                package="audit",
                description="Writes one audit record per order event",
                timeout_seconds=30,
                environment={"AUDIT_TABLE_NAME": self.table.name},
                settings=args.settings,
                failure_metric="AuditRecordsFailed",
                success_metrics=("AuditRecordsCreated",),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Unlike PutItem, it cannot replace a record.
        insert = {"Action": "dynamodb:PartiQLInsert", "Resource": self.table.arn}
        key_statements = args.settings.encryption.table_key_statements(self.table)
        self.function.allow("write-records", [insert, *key_statements], owner=self)
        self.register_outputs({"tableName": self.table.name})
