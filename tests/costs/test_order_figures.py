"""The figures of an order in docs/scale.md: counted again, with the order of the demo."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from costs import order_figures
from tests.infra.support.combinations import EITHER, Combination, combined
from tests.support.deliveries import queue_batch, stream_batch, stream_record
from tests.support.functions import (
    AUDIT_TABLE,
    ORDER_QUEUE,
    ORDERS_TABLE,
    SENT_EMAILS_TABLE,
)
from tests.support.mock_account import MockAccount, is_counter
from tests.support.requests import http_request, sample_order
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ORDERS = 10
_SERVICES = {
    "BatchExecuteStatement": "DynamoDB",
    "PutItem": "DynamoDB",
    "UpdateItem": "DynamoDB",
    "SendMessage": "SQS",
    "PublishBatch": "SNS",
    "SendEmail": "SES",
}
_TABLES = {
    "orders": ORDERS_TABLE,
    "sent-emails": SENT_EMAILS_TABLE,
    "audit-logs": AUDIT_TABLE,
}

# IDs and times vary in length, and a stack's name is in every metric.
_TOLERANCE = 0.1
_LINE = 30


class Counted:
    """Calls, log bytes, metrics and items of orders, in all functions of a kind of ingestion.

    Calls and log bytes are those of an order, and those of an invocation that its orders share.
    """

    def __init__(self, account: MockAccount, ingestion: str) -> None:
        self.calls: dict[str, dict[str, tuple[float, float]]] = {}
        self.log_bytes: dict[str, tuple[float, float]] = {}
        self.metrics: dict[str, int] = {}
        self.email_bytes: list[int] = []
        account.clear()
        requests = [
            # Other recipients, as their number of emails is limited.
            http_request(sample_order(customerEmail=f"john.doe{number:02}@example.com"))
            for number in range(_ORDERS + 1)
        ]
        first, *others = order_figures.PATHS[ingestion]
        self._invoke(account, first, requests[:1], requests[1:])
        if "processor" in others:
            self._consume(account, "processor", account.receive(ORDER_QUEUE))
        records = [stream_record(image) for image in account.images(ORDERS_TABLE)]
        self._invoke(account, "relay", [stream_batch(records[0])], [stream_batch(*records[1:])])
        events = account.receive("email")
        for workflow in ("email", "audit"):
            self._consume(account, workflow, events)
        self.items = {name: account.images(table) for name, table in _TABLES.items()}

    def _consume(self, account: MockAccount, function: str, bodies: list[str]) -> None:
        self._invoke(account, function, [queue_batch(bodies[0])], [queue_batch(*bodies[1:])])

    def _invoke(self, account: MockAccount, function: str, one: list[Any], many: list[Any]) -> None:
        """Invoke a function for one order, then for many: all at once, or one after the other."""
        account.invoke(function, *one)
        alone = Counter(_SERVICES[operation] for operation in account.operations)
        first = _written(account)
        calls: Counter[str] = Counter()
        written = 0
        for event in many:
            account.invoke(function, event)
            calls.update(_SERVICES[operation] for operation in account.operations)
            written += _written(account)
            self.email_bytes += map(_email_bytes, account.emails())
        in_one_batch = len(many) == 1
        self.calls[function] = {
            service: _own_and_shared(count, calls[service], in_one_batch=in_one_batch)
            for service, count in alone.items()
        }
        self.log_bytes[function] = _own_and_shared(first, written, in_one_batch=in_one_batch)
        self.metrics[function] = len(set(_metrics(account)))


def _own_and_shared(one: float, many: float, *, in_one_batch: bool) -> tuple[float, float]:
    """Return what each order takes, and what the orders of a batch share."""
    shared = (_ORDERS * one - many) / (_ORDERS - 1) if in_one_batch else 0
    return one - shared, shared


def _written(account: MockAccount) -> int:
    return len(account.console.getvalue().encode())


def _metrics(account: MockAccount) -> Iterator[tuple[object, ...]]:
    """Yield the metrics of the last invocation, each with the names of its dimensions."""
    for line in account.console.getvalue().splitlines():
        for document in json.loads(line).get("_aws", {}).get("CloudWatchMetrics", []):
            for dimensions in document["Dimensions"]:
                yield from ((*dimensions, metric["Name"]) for metric in document["Metrics"])


def _email_bytes(parameters: Mapping[str, Any]) -> int:
    content = parameters["Content"]["Simple"]
    texts = [content["Subject"], *content["Body"].values()]
    return sum(len(text["Data"].encode()) for text in texts)


@pytest.fixture(scope="module", params=order_figures.PATHS)
def counted(request: pytest.FixtureRequest) -> Iterator[Counted]:
    """What ten orders take, with each kind of ingestion."""
    with MockAccount() as account:
        yield Counted(account, request.param)


def test_calls_are_as_counted(counted: Counted) -> None:
    """An order makes the calls of each service, in each function, that the costs are based on."""
    expected = {function: order_figures.CALLS[function] for function in counted.calls}
    assert counted.calls == expected


def test_log_bytes_are_as_counted(counted: Counted) -> None:
    """Each function logs the bytes of an order that the costs are based on."""
    for function, actual in counted.log_bytes.items():
        figures = order_figures.LOG_BYTES[function]
        assert actual == pytest.approx(figures, rel=_TOLERANCE, abs=_LINE), function


def test_metrics_are_as_counted(counted: Counted) -> None:
    """Each function writes the number of metrics that the costs are based on."""
    expected = {function: order_figures.METRICS[function] for function in counted.metrics}
    assert counted.metrics == expected


def test_emails_are_as_large_as_counted(counted: Counted) -> None:
    """A confirmation has the bytes of the costs."""
    assert max(counted.email_bytes) == pytest.approx(order_figures.EMAIL_BYTES, rel=_TOLERANCE)


def test_the_storefront_is_as_large_as_counted() -> None:
    """The storefront's files have the bytes of the costs."""
    total = sum(path.stat().st_size for path in (ROOT / "web").rglob("*") if path.is_file())
    assert total == pytest.approx(order_figures.STOREFRONT_BYTES, rel=_TOLERANCE)


@pytest.mark.parametrize("write", order_figures.WRITES, ids=lambda write: write.table)
def test_items_are_as_large_as_counted(write: Any, counted: Counted) -> None:
    """The largest item that an order writes to a table has the bytes of the costs."""
    largest = max(map(_bytes, counted.items[write.table]))
    assert largest == pytest.approx(write.item_bytes, rel=_TOLERANCE)


@pytest.mark.parametrize("kept", order_figures.KEPT, ids=lambda kept: kept.table)
def test_stored_items_are_as_large_as_counted(kept: Any, counted: Counted) -> None:
    """What is kept of an order has the bytes of the costs, of which storage adds a hundred."""
    items = [item for item in counted.items[kept.table] if not _is_of_a_recipient(item)]
    assert len(items) == _ORDERS + 1
    assert max(map(_bytes, items)) + 100 == pytest.approx(kept.item_bytes, rel=_TOLERANCE)


def _is_of_a_recipient(item: Mapping[str, Any]) -> bool:
    return "eventId" in item and is_counter(item)


@pytest.mark.parametrize("combination", EITHER, ids=str)
def test_indexes_and_batches_are_those_of_a_stack(combination: Combination) -> None:
    """A stack has the indexes, batches, windows and traced functions of the costs."""
    path = order_figures.PATHS[combination.ingestion]
    graph = combined(combination, traceSampling="5")
    indexes = {
        table["name"].removeprefix(graph.prefix): len(
            table.inputs.get("globalSecondaryIndexes", ())
        )
        for table in graph.all(aws.dynamodb.Table)
    }
    assert indexes == {write.table: write.indexes for write in order_figures.WRITES}
    mappings = graph.all(aws.lambda_.EventSourceMapping)
    functions = {function["name"]: function for function in graph.all(aws.lambda_.Function)}
    batches = {
        graph.by_arn(mapping["functionName"])["functionName"].removeprefix(graph.prefix): (
            mapping["batchSize"],
            mapping.inputs.get("maximumBatchingWindowInSeconds", 0),
        )
        for mapping in mappings
    }
    assert batches.pop("relay") == (order_figures.RELAY_BATCH_SIZE, 0)
    expected = order_figures.BATCHES
    assert batches == {name: expected[name] for name in path if name in expected}
    traced = {
        name.removeprefix(graph.prefix)
        for name, function in functions.items()
        if function["tracingConfig"]["mode"] == "Active"
    }
    assert traced - {"lookup"} == {name for name in path if name in order_figures.TRACED}


def _bytes(item: Mapping[str, Any]) -> int:
    """Return the size of an item as DynamoDB counts it.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(attribute: Mapping[str, Any]) -> int:
    ((kind, value),) = attribute.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return (len(value.strip("-0").replace(".", "")) + 1) // 2 + 1
        case "SS":
            return sum(len(text.encode()) for text in value)
        case "L":
            return 3 + sum(1 + _value_bytes(each) for each in value)
        case "M":
            return 3 + len(value) + _bytes(value)
    raise AssertionError(kind)
