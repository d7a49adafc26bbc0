"""Entry point of the orders Lambda: parse, decide, one write, answer."""

import os
from typing import Any, Final

from handlers.common import aws, observability
from handlers.http import response
from handlers.http.cors import Cors
from handlers.http.endpoint import Endpoint
from handlers.http.order_rules import Terms, key_field
from handlers.http.request import HttpRequest
from handlers.http.response import Answer
from handlers.order import telemetry
from handlers.order.store import OrdersTable

COMPONENT: Final = "orders"

logger = observability.logger(COMPONENT)
metrics = observability.metrics(COMPONENT)
table = OrdersTable(
    name=os.environ["ORDERS_TABLE_NAME"], put_item=aws.client("dynamodb", aws.calls()).put_item
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
    return endpoint.serve(event, _store)


def _store(request: HttpRequest) -> Answer:
    telemetry.received(request.body, logger=logger, metrics=metrics)
    order = terms.accept(request)
    logger.append_keys(orderId=order.order_id, customerId=order.customer_id)
    placed = table.place(order, key_field=key_field(request))
    telemetry.report(placed, component=COMPONENT, logger=logger, metrics=metrics)
    return response.accepted(placed)
