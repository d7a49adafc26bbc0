"""Entry point of the orders Lambda: parse, decide, one write, answer."""

import os
from collections import Counter
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit

from handlers.orders import answer
from handlers.orders.answer import Answer
from handlers.orders.cors import Cors
from handlers.orders.order import Order
from handlers.orders.rejection import Rejection, Unavailable
from handlers.orders.request import HttpRequest
from handlers.orders.store import OrdersTable, Placed
from handlers.shared import aws, observability

COMPONENT: Final = "orders"

logger = observability.logger(COMPONENT)
metrics = observability.metrics(COMPONENT)
table = OrdersTable(name=os.environ["ORDERS_TABLE_NAME"], put_item=aws.client("dynamodb", aws.calls()).put_item)
cors = Cors.parse(os.environ.get("CORS_ORIGINS", ""))
retention_days = int(os.environ.get("ORDER_RETENTION_DAYS", "90"))


@metrics.log_metrics
def handle(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Answer `POST /orders`; `event` is API Gateway's proxy event, in payload format 1.0 or 2.0."""
    request = HttpRequest.from_event(event)
    with logger.append_context_keys(requestId=request.request_id, correlationId=request.correlation_id):
        given = _answer(request)
    headers = cors.headers(request.headers.get("origin"))
    return given.to_gateway(request_id=request.request_id, cors=headers)


def _answer(request: HttpRequest) -> Answer:
    logger.info("Order request received", bodyBytes=len(request.body.encode(errors="replace")))
    metrics.add_metric(name="OrdersReceived", unit=MetricUnit.Count, value=1)
    try:
        order = _accept(request)
        with logger.append_context_keys(orderId=order.record["orderId"], customerId=order.record.get("customerId")):
            return _store(order, key_field="Idempotency-Key" if request.idempotency_key else "orderId")
    except Rejection as rejection:
        _report_rejection(rejection)
        return answer.rejected(rejection)


def _accept(request: HttpRequest) -> Order:
    return Order.accept(
        request.order_request(),
        idempotency_key=request.idempotency_key,
        request_id=request.request_id,
        correlation_id=request.correlation_id,
        retention_days=retention_days,
    )


def _store(order: Order, *, key_field: str) -> Answer:
    try:
        placed = table.place(order, key_field=key_field)
    except Rejection:
        raise
    except Unavailable:
        logger.exception("Orders table is unavailable")
        metrics.add_metric(name="OrdersFailed", unit=MetricUnit.Count, value=1)
        return answer.unavailable()
    except Exception:
        logger.exception("Order could not be processed")
        metrics.add_metric(name="OrdersFailed", unit=MetricUnit.Count, value=1)
        return answer.failed()
    _report_order(placed)
    return answer.accepted(placed)


def _report_order(placed: Placed) -> None:
    order = placed.order.record
    if placed.replayed:
        logger.info("Order was stored by an earlier request")
        return
    logger.info("Order stored")
    metrics.add_metric(name="OrdersProcessed", unit=MetricUnit.Count, value=1)
    # A float is good enough for a graph; the order itself keeps the exact amount.
    value = float(order["totalAmount"])
    observability.put_metric(COMPONENT, "OrderValue", value, MetricUnit.NoUnit, currency=order["currency"])


def _report_rejection(rejection: Rejection) -> None:
    errors = [{"field": violation.reported, "message": violation.message} for violation in rejection.violations]
    logger.warning("Order request rejected", status=rejection.status, reason=rejection.error, errors=errors)
    counts = Counter(violation.reported for violation in rejection.violations)
    for field, count in counts.items():
        observability.put_metric(COMPONENT, "ValidationErrors", count, MetricUnit.Count, field=field)
