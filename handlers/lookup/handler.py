"""Entry point of the lookup Lambda: one order by its ID, or a page of a customer's, to whoever may see them."""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final

from handlers.common import aws, observability
from handlers.http import response
from handlers.http.callers import Forbidden, customer_of
from handlers.http.cors import Cors
from handlers.http.endpoint import Endpoint
from handlers.http.request import HttpRequest
from handlers.http.response import Answer
from handlers.lookup import query, responses
from handlers.lookup.query import PageRequest
from handlers.lookup.table import StoredOrders
from handlers.order.scope import scoped_order_id
from handlers.validation import text

COMPONENT: Final = "lookup"

# Empty where callers have no token: a stack without this variable must not start, for it would show all orders to all.
_CUSTOMER_CLAIM: Final = os.environ["CUSTOMER_CLAIM"]

logger = observability.logger(COMPONENT)
metrics = observability.metrics(COMPONENT)
_dynamodb = aws.client("dynamodb", aws.calls())
stored_orders = StoredOrders(
    name=os.environ["ORDERS_TABLE_NAME"],
    customer_index=os.environ["CUSTOMER_INDEX_NAME"],
    get_item=_dynamodb.get_item,
    query=_dynamodb.query,
)
endpoint = Endpoint(
    component=COMPONENT,
    logger=logger,
    metrics=metrics,
    cors=Cors.parse(os.environ["CORS_ORIGINS"]),
    failure_metric="LookupsFailed",
    task="read orders",
)


@metrics.log_metrics
def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Answer a lookup; `event` is API Gateway's proxy event, in payload format 1.0 or 2.0."""
    return endpoint.serve(event, _look_up)


def _look_up(request: HttpRequest) -> Answer:
    caller = customer_of(request, _CUSTOMER_CLAIM)
    if caller:
        logger.append_keys(customerId=caller)
    return _ROUTES[request.route](request, caller)


def _order(request: HttpRequest, caller: str | None) -> Answer:
    query.refuse_any(request.query)
    order_id = request.path["orderId"]
    if not text.is_order_id(
        order_id
    ):  # so no order has it, and DynamoDB might not even take it as a key
        return response.not_found()
    logger.append_keys(orderId=order_id)
    order = _visible_order(order_id, caller)
    if order is None:
        logger.info("Order not found")
        return response.not_found()
    logger.info("Order read")
    return responses.order(order)


def _visible_order(order_id: str, caller: str | None) -> Mapping[str, Any] | None:
    """Return an order that a caller may see: a customer their own, whether they chose its ID or not.

    To a customer, another's order looks like none at all, and so does one that is nobody's.
    """
    keys = [order_id] if caller is None else [order_id, scoped_order_id(caller, order_id)]
    found = (stored_orders.order(key) for key in keys)
    return next(
        (order for order in found if order and caller in {None, order.get("customerId")}), None
    )


def _orders(request: HttpRequest, caller: str | None) -> Answer:
    customer_id = request.path["customerId"]
    if caller not in {None, customer_id}:
        raise Forbidden("The list is another customer's")
    page_request = PageRequest.parse(request.query)
    if not text.is_customer_id(customer_id):  # as above
        return response.not_found()
    logger.append_keys(customerId=customer_id)
    page = stored_orders.page(customer_id, page_request)
    logger.info("Orders listed", orders=len(page.orders))
    return responses.orders(page)


_ROUTES: Final[Mapping[str, Callable[[HttpRequest, str | None], Answer]]] = {
    "GET /orders/{orderId}": _order,
    "GET /customers/{customerId}/orders": _orders,
}
