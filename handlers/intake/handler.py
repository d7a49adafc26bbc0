"""The intake Lambda function: validates an order and sends it to the order queue.

A 202 means that the order is safe, and will be stored unless another order has its orderId by then.
The function does not read the table, so it cannot recognise a repeated request: that gets another
202, without `Idempotent-Replayed`, and with its own time as `createdAt`. The processor stores the
first order that it receives.
"""

import os
from typing import Any, Final

from handlers.common.startup import end_of_startup
from handlers.common import aws
from handlers.common.logs import Logger
from handlers.http import response
from handlers.http.endpoint import Endpoint
from handlers.http.order_rules import OrderRules, report_received
from handlers.http.request import HttpRequest
from handlers.http.response import Response
from handlers.intake.queue import OrderQueue

COMPONENT: Final = "intake"

endpoint = Endpoint.create(
    COMPONENT, failure_metric="OrdersFailed", failure_message=response.ORDER_FAILURE
)
queue = OrderQueue(
    url=os.environ["ORDER_QUEUE_URL"],
    send_message=aws.client("sqs", aws.client_config()).send_message,
)
order_rules = OrderRules.from_environment(os.environ)


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Handle `POST /orders`; `event` is a proxy event, in payload format 1.0 or 2.0."""
    return endpoint.handle(event, _queue)


def _queue(request: HttpRequest, logger: Logger) -> Response:
    report_received(request, logger, endpoint.metrics)
    order = order_rules.parse_order(request)
    logger.add(orderId=order.order_id, customerId=order.customer_id)
    message_id = queue.put(order)
    logger.info("Order queued", messageId=message_id)
    return response.queued(order, message_id=message_id)


end_of_startup()
