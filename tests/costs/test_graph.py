"""What references, ARNs and names in a resource graph mean."""

from __future__ import annotations

import pytest

from costs.graph import Graph, Resource

_FUNCTION = "aws:lambda/function:Function"
_QUEUE = "aws:sqs/queue:Queue"
_TABLE = "aws:dynamodb/table:Table"
_GROUP = "aws:cloudwatch/logGroup:LogGroup"

_GRAPH = Graph(
    [
        Resource("orders:index:Function", "component", {}),
        Resource(_FUNCTION, "email-function", {"name": "shop-dev-email"}),
        Resource("aws:lambda/alias:Alias", "email-live", {"functionName": "shop-dev-email"}),
        Resource(_QUEUE, "orders-queue", {"name": "shop-dev-orders"}),
        Resource(_TABLE, "orders-table", {"name": "shop-dev-orders"}),
        Resource(_GROUP, "email-logs", {"name": "/aws/lambda/shop-dev-email"}),
    ]
)


@pytest.mark.parametrize(
    ("kind", "value", "name"),
    [
        (_FUNCTION, "shop-dev-email", "email-function"),
        (_FUNCTION, "<aws:lambda/function:Function email-function.arn>", "email-function"),
        (_FUNCTION, "<aws:lambda/alias:Alias email-live.arn>", "email-function"),
        (
            _FUNCTION,
            "arn:aws:lambda:us-east-1:123456789012:function:shop-dev-email:live",
            "email-function",
        ),
        (_QUEUE, "<aws:sqs/queue:Queue orders-queue.arn>", "orders-queue"),
        (_QUEUE, "arn:aws:sqs:us-east-1:123456789012:shop-dev-orders", "orders-queue"),
        (_QUEUE, "<aws:dynamodb/table:Table orders-table.streamArn>", None),
        # A queue may have the name of a table.
        (
            _QUEUE,
            "arn:aws:dynamodb:us-east-1:123456789012:table/shop-dev-orders/stream/2026-01-15",
            None,
        ),
        (
            _TABLE,
            "arn:aws:dynamodb:us-east-1:123456789012:table/shop-dev-orders/stream/2026-01-15",
            "orders-table",
        ),
        (
            _GROUP,
            "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/shop-dev-email",
            "email-logs",
        ),
        (_QUEUE, "arn:", None),
        (_QUEUE, "unknown", None),
        (_QUEUE, "<aws:sqs/queue:Queue unknown.arn>", None),
        (_QUEUE, None, None),
        (_QUEUE, object(), None),
    ],
)
def test_a_value_means_a_resource_of_a_type(kind: str, value: object, name: str | None) -> None:
    """A reference, an ARN or a name is found among the resources of its type."""
    resource = _GRAPH.find(kind, value)
    assert (resource and resource.name) == name


def test_components_are_no_resources_of_aws() -> None:
    """The graph leaves out the components of the program."""
    assert "component" not in {each.name for each in _GRAPH.resources}
