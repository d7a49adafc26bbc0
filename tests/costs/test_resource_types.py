"""What each type of resource costs: every type has an entry, and the entries' prices."""

from __future__ import annotations

from typing import Any

import pytest

from costs.free_types import FREE
from costs.graph import Graph, Resource
from costs.month import month
from costs.resource_types import TYPES, Billed, label
from costs.usage import total, totals
from tests.costs.support import EVERY_STACK, graph_of
from tests.support.stacks import stack_of

_QUEUE = Resource("aws:sqs/queue:Queue", "queue", {"name": "queue"})
_TABLE = Resource(
    "aws:dynamodb/table:Table",
    "table",
    {
        "name": "table",
        "hashKey": "auditId",
        "rangeKey": "timestamp",
        "globalSecondaryIndexes": [
            {"name": "one-key", "keySchemas": [{"keyType": "HASH"}]},
            {"name": "two-keys", "keySchemas": [{"keyType": "HASH"}, {"keyType": "RANGE"}]},
        ],
    },
)
_FUNCTION = Resource(
    "aws:lambda/function:Function",
    "function",
    {"name": "function", "handler": "handlers.lookup.handler.handle", "memorySize": 512},
)
_INSIGHTS = "aws:dynamodb/contributorInsights:ContributorInsights"
_METRIC = {"metric": {"metricName": "Errors"}}
_MATH = [_METRIC, _METRIC, {"expression": "m1 + m2"}]

# By type and inputs, what a resource costs a month in USD, by AWS's price pages.
_FIXED: list[tuple[str, dict[str, Any], float]] = [
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {"metricName": "Errors"}, 0.10),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {"metricQueries": _MATH}, 0.20),
    ("aws:cloudwatch/dashboard:Dashboard", {}, 3.00),
    ("aws:kms/key:Key", {}, 1.00),
    ("aws:lambda/eventSourceMapping:EventSourceMapping", {"eventSourceArn": "queue"}, 0.2592),
    ("aws:lambda/eventSourceMapping:EventSourceMapping", {"eventSourceArn": "table"}, 0),
    # 512 MB of two executions, for 30 days: 2,592,000 GB-seconds.
    (
        "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
        {"functionName": "function", "provisionedConcurrentExecutions": 2},
        8.640173,
    ),
    (
        "aws:lambda/function:Function",
        {"snapStart": {"applyOn": "PublishedVersions"}, "memorySize": 512},
        1.949962,
    ),
    ("aws:lambda/function:Function", {"memorySize": 512}, 0),
    (_INSIGHTS, {"tableName": "table"}, 2.00),
    (_INSIGHTS, {"tableName": "table", "indexName": "one-key"}, 1.00),
    (_INSIGHTS, {"tableName": "table", "indexName": "two-keys"}, 2.00),
    # Two zones for 720 hours.
    (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {
            "vpcEndpointType": "Interface",
            "serviceName": "com.amazonaws.us-east-1.sns",
            "subnetIds": ["subnet-1", "subnet-2"],
        },
        14.40,
    ),
    ("aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcEndpointType": "Gateway"}, 0),
    ("aws:wafv2/webAcl:WebAcl", {"rules": [{}, {}, {}]}, 8.00),
    # Six metrics of each of two routes, as there is a function for lookups.
    (
        "aws:apigatewayv2/stage:Stage",
        {"defaultRouteSettings": {"detailedMetricsEnabled": True}},
        3.60,
    ),
    (
        "aws:apigatewayv2/stage:Stage",
        {"defaultRouteSettings": {"detailedMetricsEnabled": False}},
        0,
    ),
    ("aws:apigateway/methodSettings:MethodSettings", {"settings": {"metricsEnabled": True}}, 3.00),
    # Two alarms of one metric each.
    (
        "aws:appautoscaling/policy:Policy",
        {
            "targetTrackingScalingPolicyConfiguration": {
                "customizedMetricSpecification": {"metrics": [{"metricStat": {}}, {"id": "e"}]}
            }
        },
        0.20,
    ),
    ("aws:s3/bucket:Bucket", {}, 0.000001),
    ("aws:route53/healthCheck:HealthCheck", {}, 0.50),
    ("aws:sqs/queue:Queue", {"name": "dead-letters", "kmsMasterKeyId": "key"}, 0),
    ("aws:sns/topic:Topic", {"kmsMasterKeyId": "key"}, 0),
    ("aws:iam/role:Role", {}, 0),
]


@pytest.mark.parametrize("path", EVERY_STACK, ids=stack_of)
def test_every_type_has_an_entry(path: Any) -> None:
    """Each resource of every stack, example and variant is billed or free."""
    assert graph_of(path).unknown_types(TYPES) == []


def test_no_entry_is_unused() -> None:
    """Some stack, example or variant has a resource of each type with an entry."""
    used = {each.type for path in EVERY_STACK for each in graph_of(path).resources}
    assert TYPES.keys() - used == set()


def test_every_type_that_costs_nothing_has_a_source() -> None:
    """A free type names a page of AWS."""
    reasons = [entry.reason for entry in FREE.values()]
    assert all("https://" in reason and "aws.amazon.com/" in reason for reason in reasons)


@pytest.mark.parametrize("path", EVERY_STACK, ids=stack_of)
def test_orders_use_what_is_billed_by_orders(path: Any) -> None:
    """What an order uses is found in every graph, and its types are those that orders use."""
    graph = graph_of(path)
    sizing = graph.sizing(1)
    expected = {"API", "access log", "topic", "emails"}
    expected |= {f"table {name}" for name in ("orders", "sent-emails", "audit-logs")}
    expected |= {
        f"{kind} {name}" for name in sizing.functions for kind in ("function", "log group")
    }
    expected |= {f"queue {name}" for name in sizing.consumers}
    assert graph.order_resources.keys() >= expected
    for name in expected:
        entry = TYPES[graph.order_resources[name].type]
        assert isinstance(entry, Billed), name
        assert entry.by_orders, name


@pytest.mark.parametrize("path", EVERY_STACK, ids=stack_of)
def test_every_function_has_figures(path: Any) -> None:
    """Each function of every stack is one that orders pass, or the one that orders do not call."""
    graph = graph_of(path)
    assert {*graph.functions} - {"lookup"} == {*graph.sizing(1).functions}
    assert {*graph.mappings} == {"relay", *graph.sizing(1).consumers}


def test_a_replica_is_written_and_kept_as_well() -> None:
    """Each region of a global table pays for the writes and the storage of an order."""
    name = "aws:dynamodb/table:Table"
    inputs = {"name": "shop-dev-orders", "serverSideEncryption": {"enabled": False}}
    single, double = (
        totals(
            month(Graph([Resource(name, "orders", {**inputs, "replicas": replicas})]), 1_000_000),
            lambda usage: usage.line,
        )
        for replicas in ([], [{"regionName": "us-west-2"}])
    )
    for line in ("DynamoDB, orders", "storage, orders"):
        assert double[f"replicas, {line}"].orders == pytest.approx(single[line].orders)
    assert double["replicated data"].orders == pytest.approx(539 / 1_000 * 0.02)
    assert not any(line.startswith("replica") for line in single)


@pytest.mark.parametrize(("kind", "inputs", "usd"), _FIXED)
def test_a_resource_has_its_price(kind: str, inputs: dict[str, Any], usd: float) -> None:
    """A resource costs what AWS's price list says of its type and settings."""
    resource = Resource(kind, "resource", {"name": "resource", **inputs})
    own = label(kind, "resource")
    costs = month(Graph([_QUEUE, _TABLE, _FUNCTION, resource]), 1)
    fixed = total(cost for usage, cost in costs if usage.resource == own).fixed
    assert fixed == pytest.approx(usd, abs=1e-6)


_ENDPOINT = {"vpcEndpointType": "Interface", "subnetIds": ["subnet-1"]}
_OBJECT = Resource("aws:s3/bucketObjectv2:BucketObjectv2", "file", {})
_MAPPING = Resource(
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "mapping",
    {"functionName": "email", "eventSourceArn": "resource"},
)
_ORDER_FUNCTIONS = [
    Resource(
        "aws:lambda/function:Function",
        name,
        {"name": name, "handler": f"handlers.{name}.handler.handle", "memorySize": 256},
    )
    for name in ("orders", "relay", "email", "audit")
]

# By type and inputs, what a million orders add to a resource in USD.
_BY_ORDERS: list[tuple[str, dict[str, Any], str, float]] = [
    ("aws:wafv2/webAcl:WebAcl", {"rules": []}, "WAF", 0.60),
    # 2.5 KB of each request.
    (
        "aws:apigateway/methodSettings:MethodSettings",
        {"settings": {"loggingLevel": "INFO"}},
        "execution log",
        1.25,
    ),
    # A file, and 50 KB, for each order.
    ("aws:cloudfront/distribution:Distribution", {}, "CloudFront", 1.00 + 50 * 0.085),
    # 5 KB for each email, and for each publication, which orders do not share at 0.4 a second.
    (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {**_ENDPOINT, "serviceName": "com.amazonaws.us-east-1.sns"},
        "VPC endpoints",
        0.05,
    ),
    (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {**_ENDPOINT, "serviceName": "com.amazonaws.us-east-1.email"},
        "VPC endpoints",
        0.05,
    ),
    (
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        {**_ENDPOINT, "serviceName": "com.amazonaws.us-east-1.secretsmanager"},
        "VPC endpoints",
        0,
    ),
    # Three requests in each of 8,640 periods of five minutes, and one for a table.
    ("aws:sqs/queue:Queue", {"kmsMasterKeyId": "key"}, "KMS requests", 0.07776),
    ("aws:sqs/queue:Queue", {}, "KMS requests", 0),
    (
        "aws:dynamodb/table:Table",
        {"name": "shop-dev-orders", "serverSideEncryption": {"enabled": True}},
        "KMS requests",
        0.02592,
    ),
    ("aws:dynamodb/table:Table", {"name": "shop-dev-orders"}, "KMS requests", 0),
]


@pytest.mark.parametrize(("kind", "inputs", "line", "usd"), _BY_ORDERS)
def test_orders_add_the_price_of_their_use(
    kind: str, inputs: dict[str, Any], line: str, usd: float
) -> None:
    """A million orders add to a resource what AWS's price list says of their use of it."""
    resource = Resource(kind, "resource", {"name": "resource", **inputs})
    costs = month(Graph([resource, _OBJECT, _MAPPING, *_ORDER_FUNCTIONS]), 1_000_000)
    own = label(kind, "resource")
    added = [cost for usage, cost in costs if usage.resource == own and usage.line == line]
    assert total(added).orders == pytest.approx(usd)


def test_few_orders_need_few_requests_to_kms() -> None:
    """Where five minutes pass without an order, there is no request to KMS."""
    inputs = {"name": "shop-dev-orders", "serverSideEncryption": {"enabled": True}}
    table = Resource("aws:dynamodb/table:Table", "table", inputs)
    costs = totals(month(Graph([table]), 100), lambda usage: usage.line)
    assert costs["KMS requests"].orders == pytest.approx(100 / 10_000 * 0.03)


def test_every_billed_type_has_a_price_in_these_tables() -> None:
    """No type with a price of its own is missing in the tables of these tests."""
    own = {kind for kind, entry in TYPES.items() if isinstance(entry, Billed) and entry.uses}
    tested = {kind for kind, *_ in (*_FIXED, *_BY_ORDERS)} - {"aws:iam/role:Role"}
    # The metrics and the storage of logs are in the calculation by hand (test_month.py).
    assert own == tested | {"aws:cloudwatch/logGroup:LogGroup"}


def test_unknown_values_are_aws_defaults() -> None:
    """A value that is known after a deployment only counts as AWS's default."""
    unknown = object()
    inputs = {
        "aws:lambda/function:Function": {"handler": "handlers.orders.handler.handle"},
        "aws:ec2/vpcEndpoint:VpcEndpoint": {"vpcEndpointType": "Interface"},
    }
    sure = Graph(Resource(kind, "each", values) for kind, values in inputs.items())
    unsure = Graph(
        Resource(
            kind,
            "each",
            {**values, "memorySize": unknown, "subnetIds": unknown, "tracingConfig": unknown},
        )
        for kind, values in inputs.items()
    )
    assert total(cost for _, cost in month(unsure, 1_000)) == total(
        cost for _, cost in month(sure, 1_000)
    )
