"""The lookup Lambda function: one order by its ID, or a page of a customer's orders."""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from handlers.common.startup import end_of_startup
from handlers.common import aws
from handlers.common.logs import Logger
from handlers.http import response
from handlers.http.callers import ForbiddenError, customer_from_token
from handlers.http.endpoint import Endpoint
from handlers.http.request import HttpRequest
from handlers.http.response import Response
from handlers.lookup import query, responses
from handlers.lookup.query import PageRequest
from handlers.lookup.table import StoredOrders
from handlers.order.scope import scoped_order_id
from handlers.validation import text

# Empty where callers have no token. Without the variable the function must not start: it would show
# every order to every caller.
_CUSTOMER_CLAIM: Final = os.environ["CUSTOMER_CLAIM"]

endpoint = Endpoint.create(
    "lookup", failure_metric="LookupsFailed", failure_message=responses.FAILURE
)
_dynamodb = aws.client("dynamodb", aws.client_config())
stored_orders = StoredOrders(
    name=os.environ["ORDERS_TABLE_NAME"],
    customer_index=os.environ["CUSTOMER_INDEX_NAME"],
    get_item=_dynamodb.get_item,
    query=_dynamodb.query,
)


def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Handle a lookup; `event` is a proxy event, in payload format 1.0 or 2.0."""
    return endpoint.handle(event, _look_up)


def _look_up(request: HttpRequest, logger: Logger) -> Response:
    caller = customer_from_token(request.claims, _CUSTOMER_CLAIM)
    if caller:
        logger.add(customerId=caller)
    return _ROUTES[request.route](request, caller, logger)


def _order(request: HttpRequest, caller: str | None, logger: Logger) -> Response:
    query.reject_query_parameters(request.query)
    order_id = request.path["orderId"]
    if not text.is_order_id(order_id):  # DynamoDB might not accept it as a key
        return response.not_found()
    logger.add(orderId=order_id)
    order = _visible_order(order_id, caller)
    if order is None:
        logger.info("Order not found")
        return response.not_found()
    logger.info("Order read")
    return responses.order(order)


def _visible_order(order_id: str, caller: str | None) -> Mapping[str, Any] | None:
    """Return an order that the caller may see; customers see their own orders only."""
    keys = [order_id] if caller is None else [order_id, scoped_order_id(caller, order_id)]
    orders = (stored_orders.order(key) for key in keys)
    return next(
        (order for order in orders if order and caller in {None, order.get("customerId")}), None
    )


def _orders(request: HttpRequest, caller: str | None, logger: Logger) -> Response:
    customer_id = request.path["customerId"]
    if caller not in {None, customer_id}:
        raise ForbiddenError("The list belongs to another customer")
    page_request = PageRequest.parse(request.query)
    if not text.is_customer_id(customer_id):
        return response.not_found()
    logger.add(customerId=customer_id)
    page = stored_orders.page(customer_id, page_request)
    logger.info("Orders listed", orders=len(page.orders))
    return responses.orders(page)


_ROUTES: Final[Mapping[str, Callable[[HttpRequest, str | None, Logger], Response]]] = {
    "GET /orders/{orderId}": _order,
    "GET /customers/{customerId}/orders": _orders,
}


end_of_startup()
