"""The two dashboards: operations, for who keeps the system running, and business, for who runs the shop."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

import pulumi

from infra.email.ses import DIMENSION, EVENT_TYPES
from infra.monitoring.monitored_resources import Subjects

_MINUTE: Final = 60
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


def operations(subjects: Subjects, region: pulumi.Input[str]) -> dict[str, Any]:
    """Return the body of the operations dashboard."""
    page = _Page(region, start="-PT3H", period=_MINUTE)
    functions = subjects.functions
    received = _business("OrdersReceived", subjects.receiver)
    processed, failed = (
        _business(metric, subjects.storer) for metric in ("OrdersProcessed", "OrdersFailed")
    )
    page.graph("Orders per minute", [received, processed])
    page.graph("Accepted and failed orders", [processed, failed])
    page.graph(
        "API latency",
        [[*_gateway(subjects, "latency"), {"stat": stat}] for stat in ("p50", "p95", "p99")],
    )
    page.graph(
        "API errors",
        [_gateway(subjects, name) for name in ("count", "client_errors", "server_errors")],
    )
    page.graph(
        "Function duration, p95", [_function("Duration", f.name, stat="p95") for f in functions]
    )
    page.graph("Function errors", [_function("Errors", f.name) for f in functions])
    page.graph("Function throttles", [_function("Throttles", f.name) for f in functions])
    page.graph(
        "Relay's distance to the stream",
        [_function("IteratorAge", subjects.relay.name, stat="Maximum")],
    )
    capacity = ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits")
    page.graph(
        "Table capacity used",
        [
            ["AWS/DynamoDB", metric, "TableName", table.name]
            for table in subjects.tables
            for metric in capacity
        ],
    )
    page.graph(
        "Queue depth",
        [_queue("ApproximateNumberOfMessagesVisible", q.name) for q in subjects.queues],
    )
    page.graph(
        "Age of the oldest message",
        [_queue("ApproximateAgeOfOldestMessage", q.name) for q in subjects.queues],
    )
    page.graph(
        "Dead letters",
        [
            _queue("ApproximateNumberOfMessagesVisible", n)
            for n in subjects.dead_letter_queues.values()
        ],
    )
    page.graph("Confirmation emails", [_business(metric, "email") for metric in _EMAILS])
    if (name := subjects.configuration_set) is not None:
        page.graph(
            "What became of e-mails",
            [["AWS/SES", event.title(), DIMENSION, name] for event in EVENT_TYPES],
        )
    return page.body()


def business(subjects: Subjects, region: pulumi.Input[str]) -> dict[str, Any]:
    """Return the body of the business dashboard."""
    page = _Page(region, start="-P90D", period=_DAY)
    processed = _business("OrdersProcessed", subjects.storer)
    for title, days in (("Orders per day", 1), ("Orders per week", 7), ("Orders per month", 30)):
        page.graph(title, [processed], period=days * _DAY)
    page.number(
        "From submitted to audited",
        [
            _business("OrdersReceived", subjects.receiver, label="submitted"),
            _business("OrdersProcessed", subjects.storer, label="stored"),
            _business("EmailsSent", "email", label="e-mailed"),
            _business("AuditRecordsCreated", "audit", label="audited"),
        ],
    )
    page.graph("Order value", [[_search("OrderValue", "service,environment,currency", "Sum")]])
    page.graph(
        "Validation errors by field",
        [[_search("ValidationErrors", "service,environment,field", "Sum")]],
    )
    sent, failed = (
        _business("EmailsSent", "email", id="sent"),
        _business("EmailsFailed", "email", id="failed"),
    )
    rate = [
        {
            "expression": "100 * sent / (sent + FILL(failed, 0))",
            "label": "% delivered",
            "id": "rate",
        }
    ]
    page.graph("E-mails accepted for delivery", [rate, sent, failed])
    ages = [
        _business("OrderAge", service, stat="Average", label=service)
        for service in ("email", "audit")
    ]
    page.graph("Average time from order to", ages)
    page.graph("Requests by route", [[_by_route(subjects, "count", "Sum")]])
    page.graph("Latency by route, p95", [[_by_route(subjects, "latency", "p95")]])
    return page.body()


class _Page:
    """Lays widgets out in two columns, in the order they are added."""

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
        # By default CloudWatch picks periods by the range that is looked at, and a day's orders become an hour's.
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
        place = {"x": column * _WIDTH, "y": row * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
        self._widgets.append({"type": "metric", **place, "properties": properties})


def _business(metric: str, service: str, **options: str) -> Row:
    """Return a row for one of the handlers' own metrics."""
    dimensions = ("environment", pulumi.get_stack(), "service", service)
    return [pulumi.get_project(), metric, *dimensions, *([options] if options else [])]


def _search(metric: str, dimensions: str, statistic: str) -> Mapping[str, str]:
    """Return an expression that finds a metric under every value of its last dimension."""
    where = f'MetricName="{metric}" environment="{pulumi.get_stack()}"'
    return {
        "expression": f"SEARCH('{{\"{pulumi.get_project()}\",{dimensions}}} {where}', '{statistic}')"
    }


def _function(metric: str, name: pulumi.Input[str], *, stat: str = "Sum") -> Row:
    return ["AWS/Lambda", metric, "FunctionName", name, {"stat": stat}]


def _queue(metric: str, name: pulumi.Input[str]) -> Row:
    return ["AWS/SQS", metric, "QueueName", name, {"stat": "Maximum"}]


def _gateway(subjects: Subjects, figure: str) -> list[Any]:
    metrics = subjects.gateway
    dimensions = [part for pair in metrics.dimensions.items() for part in pair]
    return [metrics.namespace, getattr(metrics, figure), *dimensions]


def _by_route(subjects: Subjects, figure: str, statistic: str) -> Mapping[str, pulumi.Output[str]]:
    """Return an expression that finds a figure of every route: the gateway's detailed metrics.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
    """
    metrics = subjects.gateway
    schema = ",".join(
        [metrics.namespace, *sorted({*metrics.dimensions, "Method", "Resource", "Stage"})]
    )
    where = [
        pulumi.Output.format('{0}="{1}"', name, value) for name, value in metrics.dimensions.items()
    ]
    name = f'MetricName="{getattr(metrics, figure)}"'
    search = pulumi.Output.all(*where).apply(lambda found: " ".join([name, *found]))
    return {
        "expression": pulumi.Output.concat(
            "SEARCH('{", schema, "} ", search, "', '", statistic, "')"
        )
    }
