"""The processor Lambda function: stores each order of the order queue with one conditional write.

An order that is stored already, because SQS delivered it twice or its client repeated the request,
succeeds. Any other failure is retried, and its message ends in the dead-letter queue.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from handlers.common import aws, observability
from handlers.common.consumer import consume
from handlers.order.order import Order
from handlers.order.store import OrderConflictError, OrdersTable
from handlers.processor.message import queued_order

COMPONENT: Final = "processor"

logger = observability.logger(COMPONENT)
metrics = observability.metrics(COMPONENT)
table = OrdersTable(
    name=os.environ["ORDERS_TABLE_NAME"],
    put_item=aws.client("dynamodb", aws.client_config()).put_item,
)


@metrics.log_metrics
def handle(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Store the orders of an SQS batch; return the messages that failed."""
    return consume(
        event, context, logger=logger, parse=queued_order, kind="an order", process=_store
    )


def _store(order: Order) -> None:
    try:
        result = table.store(order)
    except Exception as error:
        if isinstance(error, OrderConflictError):
            # Its client has a 202. Only a person can decide which of the two orders is right.
            logger.warning("Order conflicts with a stored order")
        metrics.add_metric(name="OrdersFailed", unit=MetricUnit.Count, value=1)
        raise
    result.report(component=COMPONENT, logger=logger, metrics=metrics)
