"""The CloudWatch dashboards: operations, and business."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import pulumi

from infra.email.ses import DIMENSION, EVENT_TYPES
from infra.monitoring.alarms.alarm import MINUTE, Metric, handler_metric
from infra.monitoring.monitored_resources import MonitoredResources

_DAY: Final = int(timedelta(days=1).total_seconds())
_WIDTH: Final = 12
_HEIGHT: Final = 6

_EMAILS: Final = (
    "EmailsSent",
    "EmailsFailed",
    "EmailsRejected",
    "EmailsSuppressed",
    "EmailsSkipped",
)

# A row of a widget's `metrics`: namespace, name, then dimension names and values, then options.
Row = Sequence[Any]


def operations(resources: MonitoredResources, region: pulumi.Input[str]) -> dict[str, Any]:
    """Return the body of the operations dashboard."""
    page = _Page(region, start="-PT3H", period=MINUTE)
    functions = resources.functions
    queues = [consumer.queue.name for consumer in resources.consumers]
    writer = resources.writer.package
    received = _handler("OrdersReceived", resources.api_function.package)
    processed = _handler("OrdersProcessed", writer)
    failed = _handler("OrdersFailed", writer)
    page.graph("Orders per minute", [received, processed])
    page.graph("Accepted and failed orders", [processed, failed])
    page.graph(
        "API latency",
        [_gateway(resources, "latency", stat=stat) for stat in ("p50", "p95", "p99")],
    )
    page.graph(
        "API errors",
        [_gateway(resources, name) for name in ("count", "client_errors", "server_errors")],
    )
    page.graph(
        "Function duration, p95", [_function("Duration", f.name, stat="p95") for f in functions]
    )
    page.graph("Function errors", [_function("Errors", f.name) for f in functions])
    page.graph("Function throttles", [_function("Throttles", f.name) for f in functions])
    page.graph(
        "Relay iterator age",
        [_function("IteratorAge", resources.relay.name, stat="Maximum")],
    )
    capacity = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
    page.graph(
        "Consumed table capacity",
        [
            ["AWS/DynamoDB", metric, "TableName", table.name]
            for table in resources.tables
            for metric in capacity
        ],
    )
    page.graph(
        "Queue depth",
        [_queue("ApproximateNumberOfMessagesVisible", name) for name in queues],
    )
    page.graph(
        "Age of the oldest message",
        [_queue("ApproximateAgeOfOldestMessage", name) for name in queues],
    )
    page.graph(
        "Dead letters",
        [
            _queue("ApproximateNumberOfMessagesVisible", name)
            for name in resources.dead_letter_queues.values()
        ],
    )
    page.graph("Confirmation emails", [_handler(metric, "email") for metric in _EMAILS])
    if resources.configuration_set is not None:
        page.graph(
            "Email delivery outcomes",
            [
                ["AWS/SES", event.title(), DIMENSION, resources.configuration_set]
                for event in EVENT_TYPES
            ],
        )
    return page.body()


def business(resources: MonitoredResources, region: pulumi.Input[str]) -> dict[str, Any]:
    """Return the body of the business dashboard."""
    page = _Page(region, start="-P90D", period=_DAY)
    processed = _handler("OrdersProcessed", resources.writer.package)
    for title, days in (("Orders per day", 1), ("Orders per week", 7), ("Orders per month", 30)):
        page.graph(title, [processed], period=days * _DAY)
    page.number(
        "Order funnel",
        [
            _handler("OrdersReceived", resources.api_function.package, label="submitted"),
            _handler("OrdersProcessed", resources.writer.package, label="stored"),
            _handler("EmailsSent", "email", label="emailed"),
            _handler("AuditRecordsCreated", "audit", label="audited"),
        ],
    )
    page.graph("Order value", [[_search("OrderValue", "service,environment,currency")]])
    page.graph(
        "Validation errors by field",
        [[_search("ValidationErrors", "service,environment,field")]],
    )
    sent = _handler("EmailsSent", "email", id="sent")
    failed = _handler("EmailsFailed", "email", id="failed")
    rate = [
        {
            "expression": "100 * sent / (sent + FILL(failed, 0))",
            "label": "% accepted",
            "id": "rate",
            "yAxis": "right",
        }
    ]
    page.graph("Emails accepted for delivery", [rate, sent, failed])
    ages = [
        _handler("OrderAge", service, stat="Average", label=service)
        for service in ("email", "audit")
    ]
    page.graph("Average time from order to workflow", ages)
    page.graph("Requests by route", [[_by_route(resources, "count", "Sum")]])
    page.graph("Latency by route, p95", [[_by_route(resources, "latency", "p95")]])
    return page.body()


class _Page:
    """Lays out widgets in two columns, in the order in which they are added."""

    def __init__(self, region: pulumi.Input[str], *, start: str, period: int) -> None:
        self._region = region
        self._start = start
        self._period = period
        self._widgets: list[dict[str, Any]] = []

    def graph(self, title: str, rows: Sequence[Row], *, period: int | None = None) -> None:
        self._add(title, rows, view="timeSeries", period=period or self._period)

    def number(self, title: str, rows: Sequence[Row]) -> None:
        self._add(title, rows, view="singleValue", period=self._period)

    def body(self) -> dict[str, Any]:
        # Otherwise CloudWatch chooses the periods, and orders per day become orders per hour.
        return {"start": self._start, "periodOverride": "inherit", "widgets": self._widgets}

    def _add(self, title: str, rows: Sequence[Row], *, view: str, period: int) -> None:
        row, column = divmod(len(self._widgets), 2)
        properties = {
            "title": title,
            "metrics": rows,
            "view": view,
            "period": period,
            "stat": "Sum",
            "region": self._region,
        }
        position = {"x": column * _WIDTH, "y": row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
        self._widgets.append({"type": "metric", **position, "properties": properties})


def _row(metric: Metric, **options: str) -> Row:
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *dimensions, *([options] if options else [])]


def _handler(name: str, service: str, **options: str) -> Row:
    return _row(handler_metric(name, service), **options)


def _search(metric: str, dimensions: str) -> Mapping[str, str]:
    """Return an expression for a metric by every value of its last dimension."""
    schema = f'{{"{pulumi.get_project()}",{dimensions}}}'
    where = f'MetricName="{metric}" environment="{pulumi.get_stack()}"'
    return {"expression": f"SEARCH('{schema} {where}', 'Sum')"}


def _function(metric: str, name: pulumi.Input[str], *, stat: str = "Sum") -> Row:
    return ["AWS/Lambda", metric, "FunctionName", name, {"stat": stat}]


def _queue(metric: str, name: pulumi.Input[str]) -> Row:
    return ["AWS/SQS", metric, "QueueName", name, {"stat": "Maximum"}]


def _gateway(resources: MonitoredResources, metric: str, **options: str) -> Row:
    metrics = resources.gateway
    name = getattr(metrics, metric)
    gateway_metric = Metric(namespace=metrics.namespace, name=name, dimensions=metrics.dimensions)
    return _row(gateway_metric, **options)


def _by_route(
    resources: MonitoredResources, metric: str, statistic: str
) -> Mapping[str, pulumi.Output[str]]:
    """Return an expression for a detailed metric of the gateway by route.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """
    metrics = resources.gateway
    schema = ",".join(
        [metrics.namespace, *sorted({*metrics.dimensions, "Method", "Resource", "Stage"})]
    )
    where = [
        pulumi.Output.format('{0}="{1}"', name, value) for name, value in metrics.dimensions.items()
    ]
    name = f'MetricName="{getattr(metrics, metric)}"'
    search = pulumi.Output.all(*where).apply(lambda conditions: " ".join([name, *conditions]))
    return {
        "expression": pulumi.Output.concat(
            "SEARCH('{", schema, "} ", search, "', '", statistic, "')"
        )
    }
