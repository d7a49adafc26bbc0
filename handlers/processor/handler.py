"""The processor Lambda function: stores each order of the order queue with one conditional write.

An order that is stored already, because SQS delivered it twice or its client repeated the request,
succeeds. Any other failure is retried, and its message ends in the dead-letter queue.
"""

import os
from collections.abc import Mapping
from typing import Any, Final

from handlers.common.startup import end_of_startup
from handlers.common import aws
from handlers.common.consumer import consume
from handlers.common.context import LambdaContext
from handlers.common.logs import Logger
from handlers.common.metrics import Metrics
from handlers.order.order import Order
from handlers.order.store import OrderConflictError, OrdersTable
from handlers.processor.message import queued_order

COMPONENT: Final = "processor"

logger = Logger(COMPONENT)
metrics = Metrics(COMPONENT)
table = OrdersTable(
    name=os.environ["ORDERS_TABLE_NAME"],
    put_item=aws.client("dynamodb", aws.client_config()).put_item,
)


def handle(event: Mapping[str, Any], context: LambdaContext) -> Mapping[str, Any]:
    """Store the orders of an SQS batch; return the messages that failed."""
    return consume(
        event,
        context,
        logger=logger,
        metrics=metrics,
        parse=queued_order,
        kind="an order",
        process=_store,
    )


def _store(order: Order, logger: Logger) -> None:
    try:
        result = table.store(order)
    except Exception as error:
        if isinstance(error, OrderConflictError):
            # Its client has a 202. Only a person can decide which of the two orders is right.
            logger.warning("Order conflicts with a stored order")
        metrics.add("OrdersFailed")
        raise
    result.report(logger, metrics)


end_of_startup()
