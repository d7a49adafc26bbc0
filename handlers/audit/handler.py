"""Entry point of the audit Lambda: each order event becomes one record, written once."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from boto3.dynamodb.types import TypeSerializer
from botocore.config import Config

from handlers.audit.record import audit_record
from handlers.shared import observability
from handlers.shared.consumer import consume
from handlers.shared.event import OrderCreated

COMPONENT: Final = "audit"

_CALLS: Final = Config(connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
_SERIALIZER: Final = TypeSerializer()

logger = observability.logger(COMPONENT)
metrics = observability.metrics(COMPONENT)
dynamodb = boto3.client("dynamodb", config=_CALLS)
table_name = os.environ["AUDIT_TABLE_NAME"]


@metrics.log_metrics
def handle(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Record the order events of an SQS batch; the answer lists the messages that failed."""
    return consume(event, context, logger=logger, workflow=_record)


def _record(event: OrderCreated) -> None:
    now = datetime.now(UTC)
    record = audit_record(event, recorded_at=now)
    try:
        dynamodb.put_item(
            TableName=table_name,
            Item={name: _SERIALIZER.serialize(value) for name, value in record.items()},
            ConditionExpression="attribute_not_exists(auditId)",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        logger.info("Audit record was there already", auditId=event.event_id)
        return
    logger.info("Audit record created", auditId=event.event_id)
    metrics.add_metric(name="AuditRecordsCreated", unit=MetricUnit.Count, value=1)
    age = (now - event.created_at) / timedelta(milliseconds=1)
    metrics.add_metric(name="OrderAge", unit=MetricUnit.Milliseconds, value=age)
