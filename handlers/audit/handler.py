"""The audit Lambda function: each order event becomes one audit record, written once."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.common import aws, observability
from handlers.common.consumer import consume
from handlers.common.contract import iso_8601
from handlers.events.order_created import OrderCreated

COMPONENT: Final = "audit"

logger = observability.logger(COMPONENT)
metrics = observability.metrics(COMPONENT)
dynamodb = aws.client("dynamodb", aws.client_config())
table_name = os.environ["AUDIT_TABLE_NAME"]


@metrics.log_metrics
def handle(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Record the order events of an SQS batch; return the messages that failed."""
    return consume(
        event,
        context,
        logger=logger,
        parse=OrderCreated.from_json,
        kind="an order event",
        process=_record,
    )


def _record(event: OrderCreated) -> None:
    try:
        _write(event)
    except Exception:
        metrics.add_metric(name="AuditRecordsFailed", unit=MetricUnit.Count, value=1)
        raise


def _write(event: OrderCreated) -> None:
    now = datetime.now(UTC)
    try:
        dynamodb.put_item(
            TableName=table_name,
            Item=aws.to_attributes(_audit_record(event, recorded_at=now)),
            # guard: audit-record-written-once
            ConditionExpression="attribute_not_exists(auditId)",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        logger.info("Audit record already exists", auditId=event.event_id)
        return
    logger.info("Audit record created", auditId=event.event_id)
    metrics.add_metric(name="AuditRecordsCreated", unit=MetricUnit.Count, value=1)
    age = (now - event.created_at) / timedelta(milliseconds=1)
    metrics.add_metric(name="OrderAge", unit=MetricUnit.Milliseconds, value=age)


def _audit_record(event: OrderCreated, *, recorded_at: datetime) -> dict[str, Any]:
    """Return the record; its key is the event's ID, so a redelivered event finds it.

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
