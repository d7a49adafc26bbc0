"""Entry point of the audit Lambda: each order event becomes one record, written once."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.audit.record import audit_record
from handlers.common import aws, observability
from handlers.common.consumer import consume
from handlers.events.order_created import OrderCreated

COMPONENT: Final = "audit"

logger = observability.logger(COMPONENT)
metrics = observability.metrics(COMPONENT)
dynamodb = aws.client("dynamodb", aws.calls())
table_name = os.environ["AUDIT_TABLE_NAME"]


@metrics.log_metrics
def handle(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Record the order events of an SQS batch; the answer lists the messages that failed."""
    return consume(
        event,
        context,
        logger=logger,
        read=OrderCreated.from_json,
        expected="an order event",
        workflow=_record,
    )


def _record(event: OrderCreated) -> None:
    try:
        _write(event)
    except Exception:
        metrics.add_metric(name="AuditRecordsFailed", unit=MetricUnit.Count, value=1)
        raise


def _write(event: OrderCreated) -> None:
    now = datetime.now(UTC)
    record = audit_record(event, recorded_at=now)
    try:
        dynamodb.put_item(
            TableName=table_name,
            Item=aws.to_attributes(record),
            # guard: audit-record-written-once
            ConditionExpression="attribute_not_exists(auditId)",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        logger.info("Audit record was there already", auditId=event.event_id)
        return
    logger.info("Audit record created", auditId=event.event_id)
    metrics.add_metric(name="AuditRecordsCreated", unit=MetricUnit.Count, value=1)
    age = (now - event.created_at) / timedelta(milliseconds=1)
    metrics.add_metric(name="OrderAge", unit=MetricUnit.Milliseconds, value=age)
