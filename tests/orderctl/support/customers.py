"""Customers whose personal data is in every place that holds some."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from handlers.common.contract import iso_8601
from tests.support.deliveries import a_queued_order, an_event
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, REGION, SENT_EMAILS_TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.orderctl.support.operator import OperatorStack

TABLES = (ORDERS_TABLE, AUDIT_TABLE, SENT_EMAILS_TABLE)


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A customer with unmistakable values in every field that a client may write."""

    name: str
    customer_id: str | None

    @property
    def personal_values(self) -> set[str]:
        """Texts that are nowhere once the customer is erased."""
        texts = {"customerName", "customerEmail", "notes", "correlationId"}
        values = {str(self.fields[name]) for name in texts}
        values |= {self.fields["shippingAddress"]["street"], *self.fields["items"][0].values()} - {
            1,
            30,
        }
        return values | ({self.customer_id} if self.customer_id else set())

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of each of the customer's orders."""
        return {
            "customerId": self.customer_id,
            "customerName": f"{self.name} Roe",
            "customerEmail": f"{self.name}.roe@example.com",
            "notes": f"Ring at {self.name}'s door",
            "correlationId": f"corr-{self.name}",
            "shippingAddress": {"street": f"{self.name} Street 1"},
            "items": [
                {
                    "productId": f"PROD-{self.name}",
                    "productName": f"Mug for {self.name}",
                    "quantity": 1,
                    "price": 30,
                    "subtotal": 30,
                }
            ],
            "createdAt": iso_8601(datetime.now(UTC)),
        }

    def order(self, operator: OperatorStack, order_id: str) -> None:
        """Store an order that is published, emailed and audited; each queue has a dead letter."""
        operator.store_order(orderId=order_id, **self.fields)
        event = operator.deliver(order_id, "audit", "email")
        for queue in ("email", "audit"):
            operator.work_messages(queue)
            operator.add_dead_letter(queue, event)
        accepted = {**self.fields, "orderId": f"{order_id}-queued"}
        operator.add_dead_letter("orders", a_queued_order(**accepted))

    def event(self, order_id: str, created_at: str) -> Any:
        """The event of an order."""
        fields = {name: value for name, value in self.fields.items() if value is not None}
        return an_event(**{**fields, "orderId": order_id, "createdAt": created_at})


def everything(operator: OperatorStack) -> list[str]:
    """Every item and message as text, sorted."""
    queues = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values()
    bodies = [message.body for queue in queues for message in queue._messages]  # noqa: SLF001 (receiving would change them)
    items = [image for table in TABLES for image in operator.account.images(table)]
    return sorted([*bodies, *(json.dumps(item, sort_keys=True) for item in items)])


def texts_with(texts: Iterable[str], values: Iterable[str]) -> list[str]:
    """The texts that contain one of the values."""
    values = list(values)
    return [text for text in texts if any(value in text for value in values)]


class Snapshot:
    """All tables and queues of the mocked account, which can be set back."""

    def __init__(self) -> None:
        self._tables = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables
        self._queues = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues
        self._items = {name: copy.deepcopy(table.items) for name, table in self._tables.items()}
        self._messages = {
            name: copy.copy(queue._messages)  # noqa: SLF001 (as above)
            for name, queue in self._queues.items()
        }

    def set_back(self) -> None:
        """Restore every table and queue; no message is in flight."""
        for name, items in self._items.items():
            self._tables[name].items = copy.deepcopy(items)
        for name, messages in self._messages.items():
            for message in messages:
                message.visible_at = 0
            self._queues[name]._messages = copy.copy(messages)  # noqa: SLF001 (as above)
            self._queues[name].pending_messages.clear()
