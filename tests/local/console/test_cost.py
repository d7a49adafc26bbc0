"""The page "Cost": figures of the calculation, for the stack as it is deployed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from costs.month import month
from costs.usage import total
from local.console.cost import graph_of
from local.deployment.resources import Resource

if TYPE_CHECKING:
    from tests.local.console.support import Browser, FakeDeployment

_ARN = "arn:aws:sqs:us-east-1:000000000000:emails"
_STREAM = "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/1"
_INPUTS: list[tuple[str, dict[str, Any]]] = [
    ("aws:sqs/queue:Queue", {"name": "emails"}),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {"metricName": "Errors"}),
    (
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        {"metricQueries": [{"id": "e1", "expression": "m1 + m2"}, {"metric": {}}, {"metric": {}}]},
    ),
    ("aws:cloudwatch/dashboard:Dashboard", {}),
    ("aws:kms/key:Key", {}),
    ("aws:lambda/eventSourceMapping:EventSourceMapping", {"eventSourceArn": _ARN}),
    ("aws:lambda/eventSourceMapping:EventSourceMapping", {"eventSourceArn": _STREAM}),
]
_RESOURCES = [
    Resource(kind=kind, name=f"each-{number}", id="id", inputs=inputs, outputs={})
    for number, (kind, inputs) in enumerate(_INPUTS)
]


def _total(page: str) -> float:
    row = re.search(r"Total, USD</th>(.*?)</tr>", page, re.DOTALL)
    assert row
    return float(re.findall(r">([\d,.]+)<", row[1])[-1].replace(",", ""))


def _expected(resources: list[Resource], orders: int) -> float:
    return total(cost for _, cost in month(graph_of(resources), orders)).total


def test_what_a_stack_has_is_counted() -> None:
    """The metrics of alarms, a dashboard, a key and a polled queue cost what they cost."""
    fixed = total(cost for _, cost in month(graph_of(_RESOURCES), 1)).fixed
    assert fixed == pytest.approx(3 * 0.10 + 3.00 + 1.00 + 0.2592)


@pytest.mark.parametrize("orders", [1, 1_000_000, 259_200_000])
def test_the_total_is_that_of_the_calculation(
    browser: Browser, deployment: FakeDeployment, orders: int
) -> None:
    """The page shows what the calculation says for this number of orders and this stack."""
    deployment.resources = _RESOURCES
    expected = _expected(_RESOURCES, orders)
    assert _total(browser.get(f"/cost?orders={orders}").text) == pytest.approx(expected, abs=0.01)


def test_a_million_orders_is_the_default(browser: Browser, deployment: FakeDeployment) -> None:
    """Without a number the page shows a million orders, as the tables of docs/scale.md."""
    deployment.resources = _RESOURCES
    page = browser.get("/cost").text
    assert _total(page) == pytest.approx(_expected(_RESOURCES, 1_000_000), abs=0.01)
    assert browser.get("/cost/cost.md").text.startswith("# Cost")


@pytest.mark.parametrize("orders", ["0", "-1", "1.5", "many", "", "9" * 30, "²"])
def test_another_number_is_refused(browser: Browser, orders: str) -> None:
    """The page says which numbers are allowed, and keeps what was written."""
    page = browser.get(f"/cost?orders={orders}")
    assert page.status_code == 400
    assert "must be a whole number from 1 to 25,920,000,000" in page.text
    assert "Total, USD" not in page.text
