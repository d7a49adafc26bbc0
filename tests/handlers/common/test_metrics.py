"""Metrics: documents of CloudWatch's embedded metric format."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from handlers.common.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable

Documents = list[dict[str, Any]]


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Metrics:
    """Return the metrics of the orders function."""
    monkeypatch.setenv("METRICS_NAMESPACE", "shop")
    monkeypatch.setenv("ENVIRONMENT", "dev")
    return Metrics("orders")


@pytest.fixture
def flushed(metrics: Metrics, capsys: pytest.CaptureFixture[str]) -> Callable[[], Documents]:
    """Flush the metrics, and return the documents."""

    def flush() -> Documents:
        metrics.flush()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return flush


def test_an_order_is_one_document(metrics: Metrics, flushed: Callable[[], Documents]) -> None:
    """Metrics with other dimensions are in another directive of the same document."""
    metrics.add("OrdersReceived")
    metrics.add("OrdersProcessed")
    metrics.add("OrderValue", 109.97, unit="None", currency="USD")

    (document,) = flushed()
    metadata = document.pop("_aws")
    assert abs(metadata["Timestamp"] / 1000 - time.time()) < 60
    assert metadata["CloudWatchMetrics"] == [
        {
            "Namespace": "shop",
            "Dimensions": [["environment", "service"]],
            "Metrics": [
                {"Name": "OrdersReceived", "Unit": "Count"},
                {"Name": "OrdersProcessed", "Unit": "Count"},
            ],
        },
        {
            "Namespace": "shop",
            "Dimensions": [["environment", "service", "currency"]],
            "Metrics": [{"Name": "OrderValue"}],
        },
    ]
    assert document == {
        "environment": "dev",
        "service": "orders",
        "OrdersReceived": 1,
        "OrdersProcessed": 1,
        "currency": "USD",
        "OrderValue": 109.97,
    }


def test_each_value_of_a_dimension_has_its_document(
    metrics: Metrics, flushed: Callable[[], Documents]
) -> None:
    """A document has one value of each dimension; other dimensions share the documents."""
    metrics.add("OrdersReceived")
    for field, count in (("price", 1), ("quantity", 2), ("price", 3)):
        metrics.add("ValidationErrors", count, field=field)
    metrics.add("OrderValue", 1, unit="None", currency="EUR")

    first, second = flushed()
    assert (first["OrdersReceived"], first["currency"], first["OrderValue"]) == (1, "EUR", 1)
    assert (first["field"], first["ValidationErrors"]) == ("price", 4)
    assert (second["field"], second["ValidationErrors"]) == ("quantity", 2)
    assert second.keys() == {"_aws", "environment", "service", "field", "ValidationErrors"}


def test_metrics_share_a_dimension_with_one_value(
    metrics: Metrics, flushed: Callable[[], Documents]
) -> None:
    """Two metrics with the same dimension are in one document only if its value is the same."""
    metrics.add("OrderValue", 1, unit="None", currency="EUR")
    metrics.add("Refunds", currency="USD")
    metrics.add("Discounts", currency="EUR")

    first, second = flushed()
    assert (first["currency"], first["OrderValue"], first["Discounts"]) == ("EUR", 1, 1)
    assert (second["currency"], second["Refunds"]) == ("USD", 1)


def test_counts_are_added_up_and_other_values_kept(
    metrics: Metrics, flushed: Callable[[], Documents]
) -> None:
    """Counts of an invocation are one number; a duration has every value."""
    for age in (1, 2, 3):
        metrics.add("EmailsSent")
        metrics.add("OrderAge", age, unit="Milliseconds")

    (document,) = flushed()
    assert (document["EmailsSent"], document["OrderAge"]) == (3, [1, 2, 3])


def test_a_document_has_at_most_100_values_of_a_metric(
    metrics: Metrics, flushed: Callable[[], Documents]
) -> None:
    """CloudWatch takes at most 100 values of a metric in a document."""
    for age in range(201):
        metrics.add("EmailsSent")
        metrics.add("OrderAge", age, unit="Milliseconds")

    first, second, third = flushed()
    assert first["EmailsSent"] == 201
    assert [*first["OrderAge"], *second["OrderAge"], third["OrderAge"]] == list(range(201))
    assert max(len(first["OrderAge"]), len(second["OrderAge"])) == 100
    assert "EmailsSent" not in second


def test_what_was_written_is_not_written_again(
    metrics: Metrics, flushed: Callable[[], Documents]
) -> None:
    """An invocation without metrics writes nothing."""
    metrics.add("EmailsSent")
    assert len(flushed()) == 1
    assert flushed() == []
