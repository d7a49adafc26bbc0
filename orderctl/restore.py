"""Copies missing items from a restored table, such as from a point-in-time backup, to a stack's.

An existing item is never changed. Orders whose customer was erased do not come back: their audit
records say so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.contract import iso_8601
from handlers.common.inserts import Inserts, ItemExistsError
from handlers.email.records import record_key
from orderctl.cli_support import WRONG_USAGE, aws_error
from orderctl.many_orders import MAX_KEYS, read_items
from orderctl.personal_data import ERASED_AT, event_of
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from orderctl.cli_support import Progress
    from orderctl.personal_data import Image
    from orderctl.stack import Stack

ORDERS: Final = "orders"
AUDIT: Final = "audit"
SENT_EMAILS: Final = "sent-emails"


@dataclass(kw_only=True)
class RestoreResult:
    """Numbers of items that were copied, or would be, and that were left out.

    `unconfirmed` orders have an email address, and no record says that their confirmation was sent.
    """

    copied: int = 0
    existing: int = 0
    expired: int = 0
    erased: int = 0
    unconfirmed: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    problem: str | None = None

    @property
    def complete(self) -> bool:
        """Whether every item that belongs into the table is in it."""
        return not self.failed and not self.unconfirmed and self.problem is None


def restore(
    stack: Stack,
    table: str,
    source: str,
    *,
    send_emails: bool = False,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> RestoreResult:
    """Copy the items of a restored table that are missing; a run that ended early is run again.

    The relay publishes copied orders. An order without a record of its confirmation is left out
    unless `send_emails`: its confirmation would be sent, perhaps for the second time.
    """
    copy = _Copy(stack=stack, table=table, source=source, send_emails=send_emails, dry_run=dry_run)
    try:
        copy.run(progress)
    except (BotoCoreError, ClientError) as error:
        if not copy.result.copied:
            raise
        copy.result.problem = aws_error(error)
    return copy.result


@dataclass(kw_only=True)
class _Copy:
    stack: Stack
    table: str
    source: str
    send_emails: bool
    dry_run: bool
    result: RestoreResult = field(default_factory=RestoreResult)

    def run(self, progress: Progress) -> None:
        """Copy the table in parts of a hundred items."""
        target = self._target()
        key = self._checked_key(target)
        inserts = Inserts(
            table=target,
            key=key,
            execute=self.stack.client("dynamodb").batch_execute_statement,
        )
        for chunk in self._chunks():
            items = self._missing(chunk, target, key)
            if self.table == ORDERS:
                items = self._restorable_orders(items)
            self._insert(inserts, items)
            progress(len(chunk))

    def _target(self) -> str:
        outputs = self.stack.outputs
        names = {
            ORDERS: outputs.orders_table_name,
            AUDIT: outputs.audit_table_name,
            SENT_EMAILS: outputs.sent_emails_table_name,
        }
        if self.table not in names:
            raise UserError(
                f"Unknown table '{self.table}'; must be one of: {', '.join(names)}.",
                exit_code=WRONG_USAGE,
            )
        return names[self.table]

    def _checked_key(self, target: str) -> tuple[str, ...]:
        """Return the key attributes of both tables; the source must be complete, and like it."""
        if self.source == target:
            raise UserError(f"{target} is the stack's own table.", exit_code=WRONG_USAGE)
        client = self.stack.client("dynamodb")
        own, restored = (
            client.describe_table(TableName=name)["Table"] for name in (target, self.source)
        )
        if restored["KeySchema"] != own["KeySchema"]:
            raise UserError(f"{self.source} has other keys than {target}.")
        if restored["TableStatus"] != "ACTIVE":
            raise UserError(
                f"{self.source} is not ready yet: {restored['TableStatus']}; try later."
            )
        return tuple(part["AttributeName"] for part in own["KeySchema"])

    def _chunks(self) -> Iterator[Sequence[Image]]:
        pages = (
            self.stack.client("dynamodb")
            .get_paginator("scan")
            .paginate(TableName=self.source, ConsistentRead=True)
        )
        for page in pages:
            items = page["Items"]
            yield from (items[start : start + MAX_KEYS] for start in range(0, len(items), MAX_KEYS))

    def _missing(
        self, items: Sequence[Image], target: str, key: tuple[str, ...]
    ) -> Sequence[Image]:
        """Return the items whose keys the table does not have, without expired ones."""
        keys = [{name: item[name] for name in key} for item in items]
        existing = {
            tuple(record[name] for name in key) for record in read_items(self.stack, target, keys)
        }
        missing = [item for item in items if tuple(item[name]["S"] for name in key) not in existing]
        now = datetime.now(UTC).timestamp()
        fresh = [item for item in missing if float(item.get("expiresAt", {}).get("N", "inf")) > now]
        self.result.existing += len(items) - len(missing)
        self.result.expired += len(missing) - len(fresh)
        return fresh

    def _restorable_orders(self, orders: Sequence[Image]) -> Sequence[Image]:
        """Leave out erased orders, what is no order, and what would send a confirmation."""
        events = [event_of(order) for order in orders]
        known = [event for event in events if event is not None]
        outputs = self.stack.outputs
        audit_keys = [
            {"auditId": {"S": event.event_id}, "timestamp": {"S": iso_8601(event.created_at)}}
            for event in known
        ]
        email_keys = [{"eventId": {"S": record_key(event.event_id)}} for event in known]
        erased = {
            record["auditId"]
            for record in read_items(self.stack, outputs.audit_table_name, audit_keys)
            if ERASED_AT in record
        }
        confirmed = {
            record["eventId"]
            for record in read_items(self.stack, outputs.sent_emails_table_name, email_keys)
        }
        restorable = []
        for order, event in zip(orders, events, strict=True):
            if event is None:
                self.result.failed[order["orderId"]["S"]] = (
                    "it is no order, so no audit record can say whether it was erased"
                )
            elif event.event_id in erased:
                self.result.erased += 1
            elif (
                event.customer_email is not None
                and record_key(event.event_id) not in confirmed
                and not self.send_emails
            ):
                self.result.unconfirmed += 1
            else:
                restorable.append(order)
        return restorable

    def _insert(self, inserts: Inserts, items: Sequence[Image]) -> None:
        errors: Sequence[Exception | None] = [None] * len(items)
        if not self.dry_run:
            errors = inserts.insert(items)
        for item, error in zip(items, errors, strict=True):
            if error is None:
                self.result.copied += 1
            elif isinstance(error, ItemExistsError):
                self.result.existing += 1
            else:
                name = "/".join(item[part]["S"] for part in inserts.key)
                self.result.failed[name] = _reason(error)


def _reason(error: Exception) -> Any:
    cause = error.__cause__
    return (isinstance(cause, Exception) and aws_error(cause)) or str(error)
