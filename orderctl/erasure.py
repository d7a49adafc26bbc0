"""Erases personal data: orders, details of audit records, email records, dead letters (ADR 51).

An audit record keeps that an order existed, and when. It and the email record of an erased order
are markers: an event that is delivered after the erasure finds them, and writes and sends nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.contract import QUEUE_RETENTION
from handlers.email.records import record_key
from orderctl import dead_letters, personal_data
from orderctl.cli_support import aws_error
from orderctl.erasure_markers import audit_marker, email_marker, is_email_marker
from orderctl.personal_data import ERASED_AT, Subject
from orderctl.sources import order_dead_letter_queues, work_queues

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orderctl.cli_support import Progress
    from orderctl.personal_data import Image, OrderData
    from orderctl.sources import Record
    from orderctl.stack import Stack

_STREAM_RETENTION: Final = timedelta(days=1)

_REUSED: Final = "another order has been stored under this ID meanwhile"


@dataclass(kw_only=True)
class ErasureReport:
    """Numbers of what was erased, or would be; no personal data.

    `waiting` counts the messages about any order in work queues, which are not read: each receive
    there is one of three. `unreadable` dead letters hold no JSON, and so no known customer.
    """

    dry_run: bool = False
    orders: int = 0
    audit_records: int = 0
    email_records: int = 0
    recipient_counters: int = 0
    dead_letters: dict[str, int] = field(default_factory=dict)
    unreadable: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    is_recent: bool = False
    """Whether an order is so new that the stream may still hold its event."""
    unseen: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    problem: str | None = None

    @property
    def complete(self) -> bool:
        """Whether everything that was found is erased, and every dead letter was seen."""
        return not self.failed and self.problem is None and not self.unseen

    @property
    def run_again_at(self) -> datetime | None:
        """When no message that exists now is in a work queue any more; None if none may be.

        Until then, the order queue may store an order again, and an event may become a dead letter.
        """
        if not any(self.waiting.values()) and not self.is_recent:
            return None
        return datetime.now(UTC) + QUEUE_RETENTION

    @property
    def found(self) -> int:
        """How many items and dead letters were found."""
        tables = self.orders + self.audit_records + self.email_records + self.recipient_counters
        return tables + sum(self.dead_letters.values())


def erase_order(stack: Stack, order_id: str, *, markers: bool = True) -> ErasureReport:
    """Erase one order by its key in the orders table, and everything that belongs to it.

    Without `markers`, its audit records and email records are deleted as well, and dead letters are
    not read: for an order of a test, all of whose events were processed.
    """
    return erase(stack, Subject(order_ids=frozenset({order_id})), markers=markers)


def erase(
    stack: Stack,
    subject: Subject,
    *,
    markers: bool = True,
    dry_run: bool = False,
    progress: Progress = lambda _: None,
) -> ErasureReport:
    """Erase a subject's data. A run that was interrupted is continued by another one.

    An order is deleted after all that is found by it. One that fails is in the report, and the
    others are erased.
    """
    report = ErasureReport(dry_run=dry_run)
    run = _Run(stack=stack, report=report, markers=markers)
    for data in personal_data.find(stack, subject, progress).values():
        try:
            run.erase(data)
        except ClientError as error:
            report.failed[data.order_id] = str(aws_error(error))
        except BotoCoreError as error:
            report.problem = aws_error(error)
            return report
        progress(1)
    if not markers:
        return report
    try:
        _erase_dead_letters(stack, subject, report, progress)
        report.waiting = {name: queue.waiting for name, queue in work_queues(stack).items()}
    except (BotoCoreError, ClientError) as error:
        report.problem = aws_error(error)
    return report


def _erase_dead_letters(
    stack: Stack, subject: Subject, report: ErasureReport, progress: Progress
) -> None:
    """Delete the subject's dead letters. Those of the relay name a part of the stream alone."""
    for queue in order_dead_letter_queues(stack):
        selection = subject.dead_letters
        action = dead_letters.find if report.dry_run else dead_letters.discard
        outcome = action(stack, queue, selection, progress=progress)
        report.dead_letters[queue] = len(outcome.done)
        report.unreadable += outcome.unreadable
        report.unseen += outcome.remaining
        if outcome.problem:
            report.problem = outcome.problem
        elif not outcome.complete and not outcome.remaining:
            report.problem = f"the dead letters of {queue} were not read to their end"


@dataclass(kw_only=True)
class _Run:
    """One run over a subject's orders."""

    stack: Stack
    report: ErasureReport
    markers: bool
    _counters: dict[str, list[Record]] = field(default_factory=dict)
    """The counters of each address that has been read."""
    _counted: set[str] = field(default_factory=set)
    """The keys of the counters that are in the report; one may count several orders."""

    def erase(self, data: OrderData) -> None:
        """Erase one order: first what is found by it, then its audit records, then the order."""
        event = data.event
        if event is not None and event.created_at > datetime.now(UTC) - _STREAM_RETENTION:
            self.report.is_recent = True
        self._erase_counters(data)
        self._erase_email_records(data)
        for key, record in data.audit_records_by_key.items():
            self._erase_audit_record(data, key, record)
        if data.order is not None:
            self._delete_order(data.order_id, data.order)

    def _erase_counters(self, data: OrderData) -> None:
        """Remove the order's events from the counters of its recipient, and counters of no other.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
        """
        for address in data.email_addresses:
            for counter in self._counters_of(address):
                events = data.event_ids & set(counter.get("eventIds", ()))
                if not events:
                    continue
                self._counted.add(counter["eventId"])
                self.report.recipient_counters = len(self._counted)
                if not self.report.dry_run:
                    self._remove_events(counter["eventId"], events)

    def _counters_of(self, address: str) -> list[Record]:
        if address not in self._counters:
            self._counters[address] = personal_data.counters(self.stack, address)
        return self._counters[address]

    def _remove_events(self, counter: str, events: Iterable[str]) -> None:
        client, table = self.stack.client("dynamodb"), self.stack.outputs.sent_emails_table_name
        key = {"eventId": {"S": counter}}
        # Only of an existing one: otherwise DynamoDB would create an item without a TTL.
        after = _unless_refused(
            client.update_item,
            TableName=table,
            Key=key,
            UpdateExpression="DELETE eventIds :events",
            ConditionExpression="attribute_exists(eventId)",
            ExpressionAttributeValues={":events": {"SS": sorted(events)}},
            ReturnValues="ALL_NEW",
        )
        if after is not None and "eventIds" not in after.get("Attributes", {}):
            _unless_refused(
                client.delete_item,
                TableName=table,
                Key=key,
                ConditionExpression="attribute_not_exists(eventIds)",
            )

    def _erase_email_records(self, data: OrderData) -> None:
        client, table = self.stack.client("dynamodb"), self.stack.outputs.sent_emails_table_name
        records = personal_data.email_records(self.stack, data.event_ids)
        self.report.email_records += sum(not is_email_marker(record) for record in records)
        if self.report.dry_run:
            return
        for key in ({"S": record_key(event_id)} for event_id in data.event_ids):
            if self.markers:
                client.put_item(TableName=table, Item=email_marker(key))
            else:
                client.delete_item(TableName=table, Key={"eventId": key})

    def _erase_audit_record(
        self, data: OrderData, key: tuple[str, str], record: Image | None
    ) -> None:
        client, table = self.stack.client("dynamodb"), self.stack.outputs.audit_table_name
        if record is not None and ERASED_AT in record and self.markers:
            return
        self.report.audit_records += record is not None
        if self.report.dry_run:
            return
        if self.markers:
            client.put_item(TableName=table, Item=audit_marker(data, key, record))
        else:
            names = ("auditId", "timestamp")
            client.delete_item(
                TableName=table,
                Key={name: {"S": value} for name, value in zip(names, key, strict=True)},
            )

    def _delete_order(self, order_id: str, order: Image) -> None:
        self.report.orders += 1
        if self.report.dry_run:
            return
        created_at = order.get("createdAt")
        values = {":createdAt": created_at} if created_at else {}
        condition = "createdAt = :createdAt" if created_at else "attribute_not_exists(createdAt)"
        try:
            self.stack.client("dynamodb").delete_item(
                TableName=self.stack.outputs.orders_table_name,
                Key={"orderId": {"S": order_id}},
                ConditionExpression=condition,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
                **({"ExpressionAttributeValues": values} if values else {}),
            )
        except ClientError as error:
            if not _is_refused(error):
                raise
            self.report.orders -= 1
            if "Item" in error.response:
                self.report.failed[order_id] = _REUSED


def _unless_refused(call: Any, **request: Any) -> Any:
    """Call DynamoDB with a condition; return None where that is not met."""
    try:
        return call(**request)
    except ClientError as error:
        if not _is_refused(error):
            raise
    return None


def _is_refused(error: ClientError) -> bool:
    return error.response["Error"]["Code"] == "ConditionalCheckFailedException"
