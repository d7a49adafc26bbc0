"""Entry point of the processor Lambda: each queued order becomes one conditional write.

The clients have had their answers, so nothing is decided here but whether an order is new. One that lies in the table
already, because SQS delivered it again or its client repeated itself, is done. Everything else that is not stored
fails, is delivered again, and after the last receive lies in the dead-letter queue, where an alarm rings.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.common import aws, observability
from handlers.common.consumer import consume
from handlers.order import telemetry
from handlers.order.order import Order
from handlers.order.store import OrdersTable, Placed
from handlers.processor.message import queued_order
from handlers.validation.rejection import Rejection

COMPONENT: Final = "processor"

logger = observability.logger(COMPONENT)
metrics = observability.metrics(COMPONENT)
table = OrdersTable(
    name=os.environ["ORDERS_TABLE_NAME"], put_item=aws.client("dynamodb", aws.calls()).put_item
)


@metrics.log_metrics
def handle(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Store the orders of an SQS batch; the answer lists the messages that failed."""
    return consume(
        event, context, logger=logger, read=queued_order, expected="an order", workflow=_store
    )


def _store(order: Order) -> None:
    try:
        placed = _place(order)
    except Exception:
        metrics.add_metric(name="OrdersFailed", unit=MetricUnit.Count, value=1)
        raise
    telemetry.report(placed, component=COMPONENT, logger=logger, metrics=metrics)


def _place(order: Order) -> Placed:
    try:
        return table.place(order, key_field="orderId")
    except Rejection:
        # Its client was told 202. Only a person can say which of the two orders was meant.
        logger.warning("Order conflicts with a stored one")
        raise
