"""What is logged and counted of an order, by whichever function takes it and whichever stores it."""

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics, MetricUnit

from handlers.common import observability
from handlers.order.store import Placed


def received(body: str, *, logger: Logger, metrics: Metrics) -> None:
    """Log and count a request, before anything can be wrong with it."""
    logger.info("Order request received", bodyBytes=len(body.encode(errors="replace")))
    metrics.add_metric(name="OrdersReceived", unit=MetricUnit.Count, value=1)


def report(placed: Placed, *, component: str, logger: Logger, metrics: Metrics) -> None:
    """Log and count an order that was stored; one that was there already counts no second time."""
    order = placed.order.record
    if placed.replayed:
        logger.info("Order was there already")
        return
    logger.info("Order stored")
    metrics.add_metric(name="OrdersProcessed", unit=MetricUnit.Count, value=1)
    # A float is good enough for a graph; the order itself keeps the exact amount.
    value = float(order["totalAmount"])
    observability.put_metric(
        component, "OrderValue", value, MetricUnit.NoUnit, currency=order["currency"]
    )
