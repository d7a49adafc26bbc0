"""The orders Lambda function: validates an order and stores it with one conditional write."""

import os
from typing import Any, Final

from handlers.common.startup import end_of_startup
from handlers.common import aws
from handlers.common.logs import Logger
from handlers.http import response
from handlers.http.endpoint import Endpoint
from handlers.http.order_rules import OrderRules, key_field, report_received
from handlers.http.rejection import Rejection
from handlers.http.request import HttpRequest
from handlers.http.response import Response
from handlers.order.store import OrderConflictError, OrdersTable

COMPONENT: Final = "orders"

endpoint = Endpoint.create(
    COMPONENT, failure_metric="OrdersFailed", failure_message=response.ORDER_FAILURE
)
table = OrdersTable(
    name=os.environ["ORDERS_TABLE_NAME"],
    put_item=aws.client("dynamodb", aws.client_config()).put_item,
)
order_rules = OrderRules.from_environment(os.environ)


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Handle `POST /orders`; `event` is a proxy event, in payload format 1.0 or 2.0."""
    return endpoint.handle(event, _store)


def _store(request: HttpRequest, logger: Logger) -> Response:
    report_received(request, logger, endpoint.metrics)
    order = order_rules.parse_order(request)
    logger.add(orderId=order.order_id, customerId=order.customer_id)
    try:
        result = table.store(order)
    except OrderConflictError:
        raise Rejection.conflict(key_field(request)) from None
    result.report(logger, endpoint.metrics)
    return response.accepted(result)


end_of_startup()
