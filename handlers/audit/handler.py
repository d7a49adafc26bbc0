"""The audit Lambda function: each order event becomes one audit record, written once."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from handlers.common.startup import end_of_startup
from handlers.common import aws
from handlers.common.consumer import consume_batch
from handlers.common.context import LambdaContext
from handlers.common.contract import iso_8601
from handlers.common.inserts import Inserts, ItemExistsError
from handlers.common.logs import Logger
from handlers.common.metrics import Metrics
from handlers.events.order_created import OrderCreated

COMPONENT: Final = "audit"

logger = Logger(COMPONENT)
metrics = Metrics(COMPONENT)
table = Inserts(
    table=os.environ["AUDIT_TABLE_NAME"],
    key=("auditId", "timestamp"),
    execute=aws.client("dynamodb", aws.client_config()).batch_execute_statement,
)


def handle(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Record the order events of an SQS batch; return the messages that failed."""
    return consume_batch(
        event,
        context,
        logger=logger,
        metrics=metrics,
        parse=OrderCreated.from_json,
        kind="an order event",
        prepare=_write,
        process=_report,
    )


def _write(events: Sequence[OrderCreated]) -> list[Exception | None]:
    """Write the records of a batch; return the error of each, or None."""
    now = datetime.now(UTC)
    return table.insert([aws.to_attributes(_audit_record(e, recorded_at=now)) for e in events])


def _report(event: OrderCreated, error: Exception | None, logger: Logger) -> None:
    if isinstance(error, ItemExistsError):
        logger.info("Audit record already exists")
        return
    if error is not None:
        metrics.add("AuditRecordsFailed")
        raise error
    logger.info("Audit record created")
    metrics.add("AuditRecordsCreated")
    age = (datetime.now(UTC) - event.created_at) // timedelta(milliseconds=1)
    metrics.add("OrderAge", age, unit="Milliseconds")


def _audit_record(event: OrderCreated, *, recorded_at: datetime) -> dict[str, Any]:
    """Return the record; its key is the event's ID, so a redelivered event finds it.

    `timestamp` is when the order was created, `recordedAt` when the record was.
    """
    details = {
        "customerId": event.customer_id,
        "customerName": event.customer_name,
        "customerEmail": event.customer_email,
        "itemCount": len(event.items),
        "items": [item.fields() for item in event.items],
        "totalAmount": event.total_amount,
        "currency": event.currency,
    }
    client_id = {} if event.client_order_id is None else {"clientOrderId": event.client_order_id}
    return {
        # guard: audit-key-from-event
        "auditId": event.event_id,
        "timestamp": iso_8601(event.created_at),
        "recordedAt": iso_8601(recorded_at),
        "orderId": event.order_id,
        **client_id,
        "eventType": event.event_type,
        "correlationId": event.correlation_id,
        "orderDetails": {name: value for name, value in details.items() if value is not None},
    }


end_of_startup()
