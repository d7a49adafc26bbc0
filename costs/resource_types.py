"""What each type of resource costs: by itself, by the orders that use it, or nothing.

tests/costs/test_resource_types.py fails for a type without an entry, and for an unused entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from costs import order_figures as figures
from costs import prices
from costs.calculation import IDLE_POLLS
from costs.free_types import FREE, Free
from costs.usage import GB, HOURS_PER_MONTH, SECONDS_PER_MONTH, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from costs.calculation import Kept, OrderUse
    from costs.graph import Graph, Resource
    from costs.price import Price

_MB_PER_GB: Final = 1024
_DAYS_PER_MONTH: Final = 30

# The metrics of a route with detailed metrics.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
_HTTP_ROUTE_METRICS: Final = 6
_REST_METHOD_METRICS: Final = 5

# Application Auto Scaling creates two alarms for a target tracking policy.
# https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
_ALARMS_OF_A_POLICY: Final = 2

# Contributor Insights: the keys that are accessed most and throttled most, of a table or an index,
# and the same for partition and sort key together. Only the former get events in normal operation.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights_HowItWorks.html
_RULES_OF_A_KEY: Final = 2


class Context(NamedTuple):
    """The stack of a resource, and the orders of a month."""

    graph: Graph
    use: OrderUse
    kept: Sequence[Kept]
    orders: float


class _Use(NamedTuple):
    """Units of a price, each month or for each order."""

    line: str
    price: Price
    units: float
    by_orders: bool = False


@dataclass(frozen=True, kw_only=True)
class Billed:
    """A type that AWS bills.

    `uses` yields what a resource of it uses. `by_orders` is whether orders use resources of it as
    `costs.calculation` says.
    """

    uses: Callable[[Resource, Context], Iterator[_Use]] | None = None
    by_orders: bool = False


def usages(resource: Resource, context: Context) -> Iterator[Usage]:
    """Yield what a resource uses in a month, beside what `costs.calculation` says of its orders."""
    entry = TYPES.get(resource.type)
    if not isinstance(entry, Billed) or entry.uses is None:
        return
    for use in entry.uses(resource, context):
        yield Usage(
            resource=label(resource.type, resource.name),
            line=use.line,
            price=use.price,
            units=use.units * (context.orders if use.by_orders else 1),
            by_orders=use.by_orders,
        )


def label(kind: str, name: str) -> str:
    """Return how a resource is named in tables, such as `aws.sqs.Queue fan-out-email-queue`."""
    module, _, noun = kind.removeprefix("aws:").partition("/")
    return f"aws.{module}.{noun.rpartition(':')[2]} {name}"


def _alarm(alarm: Resource, _: Context) -> Iterator[_Use]:
    queries = alarm.inputs.get("metricQueries")
    yield _Use("alarms", prices.ALARM, _metrics(queries) or 1)


def _metrics(queries: Any) -> int:
    """Return the number of metrics in metric math; expressions are free."""
    return sum("metric" in query for query in queries) if isinstance(queries, list) else 0


def _scaling_policy(policy: Resource, _: Context) -> Iterator[_Use]:
    tracking = policy.inputs.get("targetTrackingScalingPolicyConfiguration") or {}
    queries = (tracking.get("customizedMetricSpecification") or {}).get("metrics")
    metrics = sum("metricStat" in query for query in queries) if isinstance(queries, list) else 1
    yield _Use("alarms", prices.ALARM, _ALARMS_OF_A_POLICY * metrics)


def _dashboard(_: Resource, __: Context) -> Iterator[_Use]:
    yield _Use("dashboards", prices.DASHBOARD, 1)


def _log_group(group: Resource, context: Context) -> Iterator[_Use]:
    """Yield the metrics that a function's log has, and the storage of what orders write."""
    order_resources = context.graph.order_resources
    written = 0.0
    if order_resources.get("access log") == group:
        written += context.use.access_log_bytes
    for name, function in context.use.functions.items():
        if order_resources.get(f"log group {name}") == group:
            yield _Use("metrics", prices.METRIC, figures.METRICS[name])
            written += function.order_log_bytes
    months = group.number("retentionInDays", default=0) / _DAYS_PER_MONTH
    stored = written / GB * figures.LOG_COMPRESSION * months
    yield _Use("storage of logs", prices.LOG_STORAGE, stored, by_orders=True)


def _http_stage(stage: Resource, context: Context) -> Iterator[_Use]:
    settings = stage.inputs.get("defaultRouteSettings")
    if isinstance(settings, dict) and settings.get("detailedMetricsEnabled") is True:
        yield _Use("metrics", prices.METRIC, _HTTP_ROUTE_METRICS * _routes(context))


def _rest_settings(settings: Resource, context: Context) -> Iterator[_Use]:
    values = settings.inputs.get("settings") or {}
    if values.get("metricsEnabled") is True:
        yield _Use("metrics", prices.METRIC, _REST_METHOD_METRICS * _routes(context))
    if values.get("loggingLevel") == "INFO":
        written = context.use.requests * figures.EXECUTION_LOG_BYTES / GB
        yield _Use("execution log", prices.ACCESS_LOGS, written, by_orders=True)


def _routes(context: Context) -> int:
    """Return the routes that have values: that of orders, and that of lookups if there are any."""
    return 2 if "lookup" in context.graph.functions else 1


def _function(function: Resource, _: Context) -> Iterator[_Use]:
    if function.text("snapStart", "applyOn") == "PublishedVersions":
        units = _gigabytes(function) * SECONDS_PER_MONTH
        yield _Use("SnapStart", prices.SNAPSHOT, units)


def _provisioned(config: Resource, context: Context) -> Iterator[_Use]:
    kind = "aws:lambda/function:Function"
    function = context.graph.find(kind, config.inputs.get("functionName"))
    executions = config.number("provisionedConcurrentExecutions", default=1)
    units = executions * (_gigabytes(function) if function else 0) * SECONDS_PER_MONTH
    yield _Use("provisioned concurrency", prices.PROVISIONED, units)


def _gigabytes(function: Resource) -> float:
    return function.number("memorySize", default=128) / _MB_PER_GB


def _mapping(mapping: Resource, context: Context) -> Iterator[_Use]:
    if context.graph.find("aws:sqs/queue:Queue", mapping.inputs.get("eventSourceArn")):
        yield _Use("polling of queues", prices.QUEUE, IDLE_POLLS)


def _table(table: Resource, context: Context) -> Iterator[_Use]:
    # Without the setting DynamoDB uses a key of its own, for which there are no requests to KMS.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
    if (table.inputs.get("serverSideEncryption") or {}).get("enabled") is True:
        yield from _key_requests("table", table, context)
    replicas = table.inputs.get("replicas")
    if isinstance(replicas, list) and replicas:
        yield from _replicas(table, context, len(replicas))


def _replicas(table: Resource, context: Context, replicas: int) -> Iterator[_Use]:
    """Yield the writes, the storage and the transfer of a global table's other regions."""
    order_resources = context.graph.order_resources
    for write in context.use.writes:
        if order_resources.get(f"table {write.table}") == table:
            line = f"replicas, DynamoDB, {write.table}"
            yield _Use(line, prices.REPLICATED_WRITE, replicas * write.units, by_orders=True)
            transferred = replicas * write.item_bytes * write.per_order / GB
            yield _Use("replicated data", prices.REPLICATED_DATA, transferred, by_orders=True)
    for kept in context.kept:
        if order_resources.get(f"table {kept.table}") == table:
            line = f"replicas, storage, {kept.table}"
            stored = replicas * kept.item_bytes / GB * kept.months
            yield _Use(line, prices.STORAGE, stored * (1 + kept.indexes), by_orders=True)
            yield _Use(line, prices.BACKUP, stored, by_orders=True)


def _queue(queue: Resource, context: Context) -> Iterator[_Use]:
    if "kmsMasterKeyId" in queue.inputs:
        yield from _key_requests("queue", queue, context)


def _topic(topic: Resource, context: Context) -> Iterator[_Use]:
    if "kmsMasterKeyId" in topic.inputs:
        yield from _key_requests("topic", topic, context)


def _key_requests(kind: str, resource: Resource, context: Context) -> Iterator[_Use]:
    """Yield the requests to KMS for a resource that orders use, as long as there are orders."""
    if resource in context.graph.order_resources.values():
        periods = min(context.orders, SECONDS_PER_MONTH / figures.KEY_REUSE_SECONDS)
        units = figures.KEY_REQUESTS[kind] * periods / context.orders
        yield _Use("KMS requests", prices.KEY_REQUEST, units, by_orders=True)


def _key(_: Resource, __: Context) -> Iterator[_Use]:
    yield _Use("KMS key", prices.KEY, 1)


def _insights(insights: Resource, context: Context) -> Iterator[_Use]:
    kind = "aws:dynamodb/table:Table"
    table = context.graph.find(kind, insights.inputs.get("tableName"))
    if table is None:
        return
    index = insights.text("indexName")
    keys = 2 if _has_sort_key(table, index) else 1
    yield _Use("Contributor Insights", prices.INSIGHTS_RULE, _RULES_OF_A_KEY * keys)
    writes = sum(
        write.per_order
        for write in context.use.writes
        if context.graph.order_resources.get(f"table {write.table}") == table
    )
    yield _Use("Contributor Insights", prices.INSIGHTS_EVENT, writes * keys, by_orders=True)


def _has_sort_key(table: Resource, index: str) -> bool:
    if not index:
        return "rangeKey" in table.inputs
    indexes = table.inputs.get("globalSecondaryIndexes", [])
    schemas: list[dict[str, str]] = next(
        (each["keySchemas"] for each in indexes if each.get("name") == index), []
    )
    return any(each.get("keyType") == "RANGE" for each in schemas)


def _endpoint(endpoint: Resource, context: Context) -> Iterator[_Use]:
    if endpoint.text("vpcEndpointType") != "Interface":
        return
    subnets = endpoint.inputs.get("subnetIds")
    zones = len(subnets) if isinstance(subnets, list) else 1
    yield _Use("VPC endpoints", prices.ENDPOINT, zones * HOURS_PER_MONTH)
    service = _ENDPOINT_SERVICES.get(endpoint.text("serviceName").rpartition(".")[2], "")
    gigabytes = context.use.calls.get(service, 0) * figures.CALL_BYTES / GB
    yield _Use("VPC endpoints", prices.ENDPOINT_DATA, gigabytes, by_orders=True)


# By the last part of an endpoint's service name, the service in `costs.order_figures.CALLS`.
_ENDPOINT_SERVICES: Final = {"sns": "SNS", "sqs": "SQS", "email": "SES"}


def _web_acl(acl: Resource, context: Context) -> Iterator[_Use]:
    yield _Use("WAF", prices.WEB_ACL, 1)
    yield _Use("WAF", prices.WEB_ACL_RULE, len(acl.inputs.get("rules", [])))
    yield _Use("WAF", prices.WEB_ACL_REQUEST, context.use.requests, by_orders=True)


def _distribution(_: Resource, context: Context) -> Iterator[_Use]:
    """Yield a page view for each order, by a browser that has nothing in its cache."""
    files = len(context.graph.of("aws:s3/bucketObjectv2:BucketObjectv2"))
    yield _Use("CloudFront", prices.WEB_REQUEST, files, by_orders=True)
    gigabytes = figures.STOREFRONT_BYTES / GB
    yield _Use("CloudFront", prices.WEB_DATA, gigabytes, by_orders=True)


def _health_check(_: Resource, __: Context) -> Iterator[_Use]:
    yield _Use("health checks", prices.HEALTH_CHECK, 1)


def _bucket(_: Resource, __: Context) -> Iterator[_Use]:
    yield _Use("S3", prices.FILES, figures.STOREFRONT_BYTES / GB)


TYPES: Final[Mapping[str, Billed | Free]] = {
    "aws:apigateway/methodSettings:MethodSettings": Billed(uses=_rest_settings),
    "aws:apigateway/restApi:RestApi": Billed(by_orders=True),
    "aws:apigatewayv2/api:Api": Billed(by_orders=True),
    "aws:apigatewayv2/stage:Stage": Billed(uses=_http_stage),
    "aws:appautoscaling/policy:Policy": Billed(uses=_scaling_policy),
    "aws:cloudfront/distribution:Distribution": Billed(uses=_distribution),
    "aws:cloudwatch/dashboard:Dashboard": Billed(uses=_dashboard),
    "aws:cloudwatch/logGroup:LogGroup": Billed(uses=_log_group, by_orders=True),
    "aws:cloudwatch/metricAlarm:MetricAlarm": Billed(uses=_alarm),
    "aws:dynamodb/contributorInsights:ContributorInsights": Billed(uses=_insights),
    "aws:dynamodb/table:Table": Billed(uses=_table, by_orders=True),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Billed(uses=_endpoint),
    "aws:kms/key:Key": Billed(uses=_key),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Billed(uses=_mapping),
    "aws:lambda/function:Function": Billed(uses=_function, by_orders=True),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": Billed(
        uses=_provisioned
    ),
    "aws:route53/healthCheck:HealthCheck": Billed(uses=_health_check),
    "aws:s3/bucket:Bucket": Billed(uses=_bucket),
    "aws:sesv2/configurationSet:ConfigurationSet": Billed(by_orders=True),
    "aws:sns/topic:Topic": Billed(uses=_topic, by_orders=True),
    "aws:sqs/queue:Queue": Billed(uses=_queue, by_orders=True),
    "aws:wafv2/webAcl:WebAcl": Billed(uses=_web_acl),
    **FREE,
}
