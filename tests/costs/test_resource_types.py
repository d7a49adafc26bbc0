"""What each type of resource costs: every type has an entry, and the entries' prices."""

from __future__ import annotations

from typing import Any

import pytest

from costs.graph import Graph, Resource
from costs.month import month
from costs.resource_types import TYPES, Billed, Free, label
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
    reasons = [entry.reason for entry in TYPES.values() if isinstance(entry, Free)]
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
    assert graph.subjects.keys() >= expected
    for name in expected:
        entry = TYPES[graph.subjects[name].type]
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


def test_every_billed_type_has_a_price_in_this_table() -> None:
    """No type with a price of its own is missing in the table of these tests."""
    own = {kind for kind, entry in TYPES.items() if isinstance(entry, Billed) and entry.uses}
    by_orders_alone = {
        "aws:cloudfront/distribution:Distribution",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:dynamodb/table:Table",
    }
    assert own - by_orders_alone == {kind for kind, _, _ in _FIXED} - {"aws:iam/role:Role"}


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
