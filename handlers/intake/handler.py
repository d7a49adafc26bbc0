"""Entry point of the intake Lambda: parse, decide, one message, answer.

It promises less than the orders Lambda does: the order is safe, and will be stored unless another one has its orderId
by then. As it does not read the table, it cannot tell a repeated request from a new one. A client that repeats itself
gets a 202 again, never `Idempotent-Replayed`, with the time of the repetition as `createdAt`; stored is the order that
the processor saw first.
"""

import os
from typing import Any, Final

from handlers.common import aws, observability
from handlers.http import response
from handlers.http.cors import Cors
from handlers.http.endpoint import Endpoint
from handlers.http.order_rules import Terms
from handlers.http.request import HttpRequest
from handlers.http.response import Answer
from handlers.intake.queue import OrderQueue
from handlers.order import telemetry

COMPONENT: Final = "intake"

logger = observability.logger(COMPONENT)
metrics = observability.metrics(COMPONENT)
queue = OrderQueue(
    url=os.environ["ORDER_QUEUE_URL"], send_message=aws.client("sqs", aws.calls()).send_message
)
terms = Terms.of(os.environ)
endpoint = Endpoint(
    component=COMPONENT,
    logger=logger,
    metrics=metrics,
    cors=Cors.parse(os.environ["CORS_ORIGINS"]),
    failure_metric="OrdersFailed",
    task="process order",
)


@metrics.log_metrics
def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Answer `POST /orders`; `event` is API Gateway's proxy event, in payload format 1.0 or 2.0."""
    return endpoint.serve(event, _queue)


def _queue(request: HttpRequest) -> Answer:
    telemetry.received(request.body, logger=logger, metrics=metrics)
    order = terms.accept(request)
    logger.append_keys(orderId=order.order_id, customerId=order.customer_id)
    message_id = queue.put(order)
    logger.info("Order queued", messageId=message_id)
    return response.queued(order, message_id=message_id)
