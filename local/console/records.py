"""What the pages about orders read from the stack, shared by all requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from handlers.common.contract import CUSTOMER_INDEX
from local.console.audit_table import AuditTable
from local.console.dead_letter_queues import DeadLetterQueues
from local.console.order_index import OrderIndex
from local.console.paging import PAGE_SIZE, Searches
from local.console.snapshot import Snapshot
from local.mailbox import Email, confirmation_of
from orderctl.logs import FunctionLog, LogLine
from orderctl.many_orders import gather_stored
from orderctl.relay import RELAY
from orderctl.sources import OrderSources, gather, work_queues
from orderctl.stack import Outputs, Stack
from orderctl.timeline import Timeline, build_timeline

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from local.deployment.deployment import Deployment
    from local.monitoring.activity import Activity, Event

# How long the logs are searched from an order's creation on.
LOGS_FOR = timedelta(days=1)

# A failed message is received again for less than that, before it is a dead letter.
_BECOMES_A_DEAD_LETTER = timedelta(minutes=1)

# A customer with more orders is not one that a developer looks for.
_MAX_ORDERS_OF_CUSTOMER = 1000

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_LONGEST_KEY_BYTES = 2048


def is_key(text: str) -> bool:
    """Return whether a table may have an item with this partition key."""
    return 0 < len(text.encode(errors="replace")) <= _LONGEST_KEY_BYTES


class Records:
    """The orders, dead letters, emails and audit records of a stack that runs here."""

    def __init__(self, deployment: Deployment, activity: Activity) -> None:
        self._deployment = deployment
        self._activity = activity
        self.orders = OrderIndex(self.stack)
        self.dead_letters = DeadLetterQueues(self.stack)
        self.searches = Searches()
        self.emails = Snapshot(self._emails)
        self.audit = AuditTable(self.stack)

    def stack(self) -> Stack:
        """Return the stack as orderctl takes it; an update may have changed its outputs."""
        outputs = Outputs.model_validate(self._deployment.outputs)
        return Stack(outputs=outputs, client=self._deployment.emulator.client)

    def timelines(self, order_ids: Sequence[str]) -> list[Timeline]:
        """Return the timelines of stored orders, a hundred at most, in a few calls for all.

        They lack what is only in the logs of earlier times.
        """
        sources = {one.order_id: one for one in gather_stored(self.stack(), order_ids)}
        # An order may have been deleted since it was listed.
        return self._timelines([sources[one] for one in order_ids if one in sources])

    def unstored(self) -> list[Timeline]:
        """Return the timelines of accepted orders that could not be stored, fifty at most."""
        stack = self.stack()
        if not stack.outputs.is_queued:
            return []
        stored = {entry.order_id for entry in self.orders.entries()}
        dead = [
            one
            for queue in self.dead_letters.all()
            if queue.queue == "orders"
            for one in queue.by_order()
        ]
        recently = datetime.now(UTC) - _BECOMES_A_DEAD_LETTER
        failed = [
            event.order_id
            for event in self._activity.events(function="processor")
            if event.is_failure and event.order_id is not None and event.at > recently
        ]
        order_ids = [one for one in dict.fromkeys([*failed, *dead]) if one not in stored]
        queues = work_queues(stack) if order_ids else {}
        return self._timelines(
            [
                OrderSources(order_id=order_id, is_queued=True, queues=queues)
                for order_id in order_ids[:PAGE_SIZE]
            ]
        )

    def _timelines(self, many: Sequence[OrderSources]) -> list[Timeline]:
        """Return the timelines of orders, with their recent log lines and dead letters."""
        logs = _logs(self._activity.events(), self.stack().outputs, {one.order_id for one in many})
        dead_letters = {one.queue: one.by_order() for one in self.dead_letters.all()}
        for sources in many:
            sources.logs = logs.get(sources.order_id, {})
            sources.dead_letters = {
                queue: by_order[sources.order_id]
                for queue, by_order in dead_letters.items()
                if sources.order_id in by_order
            }
        timelines = map(build_timeline, many)
        return [timeline for timeline in timelines if timeline is not None]

    def sources(self, order_id: str) -> OrderSources:
        """Read everything about one order."""
        find = self.dead_letters.find
        return gather(self.stack(), order_id, logs_for=LOGS_FOR, find=find)

    def confirmation(self, sources: OrderSources, *, was_sent: bool) -> Email | None:
        """Return the email about an order; one that was sent may be newer than what was read."""
        email = confirmation_of(self.emails.get(), sources.known_order_id)
        if email is None and was_sent:
            self.emails.expire()
            email = confirmation_of(self.emails.get(), sources.known_order_id)
        return email

    def item(self, order_id: str) -> OrderSources | None:
        """Read what the tables hold about a stored order, without logs and dead letters."""
        order_ids = [order_id] if is_key(order_id) else []
        return next(iter(gather_stored(self.stack(), order_ids)), None)

    def orders_of(self, customer_id: str) -> list[str]:
        """Return the keys of a customer's orders, newest first."""
        stack = self.stack()
        pages = (
            stack.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=stack.outputs.orders_table_name,
                IndexName=CUSTOMER_INDEX,
                KeyConditionExpression="customerId = :customer",
                ExpressionAttributeValues={":customer": {"S": customer_id}},
                ProjectionExpression="orderId",
                ScanIndexForward=False,
                PaginationConfig={"MaxItems": _MAX_ORDERS_OF_CUSTOMER},
            )
        )
        return [item["orderId"]["S"] for page in pages for item in page["Items"]]

    def _emails(self) -> list[Email]:
        messages = self._deployment.emulator.emails()
        return [Email.of(number, message) for number, message in enumerate(messages, 1)]


def _logs(
    events: Sequence[Event], outputs: Outputs, order_ids: Collection[str]
) -> dict[str, dict[str, FunctionLog]]:
    """Return the recent lines about each order by the queue of the function that logged them."""
    queues = {RELAY: RELAY, **{package: queue for queue, package in outputs.packages.items()}}
    logs: dict[str, dict[str, FunctionLog]] = {}
    for event in events:
        if event.order_id in order_ids and event.function in queues:
            log = logs.setdefault(str(event.order_id), {})
            line = LogLine.of_fields(event.fields, event.at)
            log.setdefault(queues[event.function], FunctionLog()).lines.append(line)
    return logs
