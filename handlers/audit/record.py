"""The audit record of an order event."""

from datetime import datetime
from typing import Any

from handlers.common.timestamps import iso_8601
from handlers.events.order_created import OrderCreated


def audit_record(event: OrderCreated, *, recorded_at: datetime) -> dict[str, Any]:
    """Return the record; its key is the event's, so that a redelivered event finds the record there.

    `timestamp` is when the order was created, `recordedAt` when the record was.
    """
    details = {
        "customerId": event.customer_id,
        "customerName": event.customer_name,
        "customerEmail": event.customer_email,
        "itemCount": len(event.items),
        "items": [item.model_dump(exclude_none=True) for item in event.items],
        "totalAmount": event.total_amount,
        "currency": event.currency,
    }
    chosen = {} if event.client_order_id is None else {"clientOrderId": event.client_order_id}
    return {
        # guard: audit-key-from-event
        "auditId": event.event_id,
        "timestamp": iso_8601(event.created_at),
        "recordedAt": iso_8601(recorded_at),
        "orderId": event.order_id,
        **chosen,
        "eventType": event.event_type,
        "correlationId": event.correlation_id,
        "orderDetails": {name: value for name, value in details.items() if value is not None},
    }
