"""What the handlers emit: each of their metrics is caused once, in a mocked account."""

from __future__ import annotations

import contextlib
import functools
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from tests.support.deliveries import a_queued_order, an_event, queue_batch
from tests.support.functions import HANDLERS
from tests.support.lookups import get_order
from tests.support.mock_account import OPERATIONS, MockAccount
from tests.support.requests import an_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_SERVICE: Final = "service"


class EmittedMetric(NamedTuple):
    """A metric that a function was seen to emit, by its package."""

    package: str
    namespace: str
    name: str
    dimensions: frozenset[str]
    unit: str


class Emitted(NamedTuple):
    """The metrics of all handlers, and the fields of their lines by package."""

    metrics: frozenset[EmittedMetric]
    fields: Mapping[str, frozenset[str]]

    def metric(self, name: str, dimensions: Mapping[str, str]) -> EmittedMetric | None:
        """The metric with exactly these dimensions, of the function that `service` names."""
        names, package = frozenset(dimensions), dimensions.get(_SERVICE)
        matches = (
            metric
            for metric in self.metrics
            if (metric.name, metric.dimensions) == (name, names) and metric.package == package
        )
        return next(matches, None)


@functools.cache
def emitted() -> Emitted:
    """Run every handler with and without success, and read what it prints."""
    metrics: set[EmittedMetric] = set()
    fields: defaultdict[str, set[str]] = defaultdict(set)
    with MockAccount() as account:
        for package in HANDLERS:
            for invoke in (*_SUCCESSES[package], _failure(package), *_OTHERS.get(package, ())):
                account.clear()
                invoke(account)
                for document in account.console.metrics:
                    metrics |= set(_metrics(package, document))
                for line in (*account.console.logs, *account.console.metrics):
                    fields[package] |= line.keys()
    return Emitted(
        frozenset(metrics), {package: frozenset(names) for package, names in fields.items()}
    )


def _metrics(package: str, document: dict[str, Any]) -> Iterator[EmittedMetric]:
    for directive in document["_aws"]["CloudWatchMetrics"]:
        for dimensions in directive["Dimensions"]:
            assert document.keys() >= set(dimensions)
            assert document[_SERVICE] == package
            for metric in directive["Metrics"]:
                yield EmittedMetric(
                    package=package,
                    namespace=directive["Namespace"],
                    name=metric["Name"],
                    dimensions=frozenset(dimensions),
                    unit=metric.get("Unit", "None"),
                )


def _order(package: str, body: Any) -> Callable[[MockAccount], Any]:
    return lambda account: account.post(body, handler=package)


def _message(package: str, *messages: Any) -> Callable[[MockAccount], Any]:
    return lambda account: account.invoke(package, queue_batch(*messages))


def _event_of_now(**changes: Any) -> Any:
    return an_event(createdAt=datetime.now(UTC).isoformat(), **changes)


def _relay(account: MockAccount) -> None:
    account.post(an_order())
    account.relay(account.orders()[0]["orderId"])


def _lookup(account: MockAccount) -> None:
    account.send(get_order("A-1").through_http_api(), "lookup")


def _suppressed(account: MockAccount) -> None:
    email = account.functions.load("email", {"CONFIRMATIONS_PER_HOUR": "1"})
    account.invoke(email, queue_batch(*(_event_of_now() for _ in range(2))))


_SUCCESSES: Final[Mapping[str, tuple[Callable[[MockAccount], Any], ...]]] = {
    "orders": (_order("orders", an_order()),),
    "intake": (_order("intake", an_order()),),
    "processor": (_message("processor", a_queued_order()),),
    "lookup": (_lookup,),
    "relay": (_relay,),
    "email": (_message("email", an_event()),),
    "audit": (_message("audit", an_event()),),
}
_OTHERS: Final[Mapping[str, tuple[Callable[[MockAccount], Any], ...]]] = {
    "orders": (_order("orders", {}),),
    "intake": (_order("intake", {}),),
    "email": (
        _message("email", an_event(customerEmail=None, customerName=None)),
        _message("email", an_event(customerEmail="jane@")),
        _suppressed,
    ),
}


def _failure(package: str) -> Callable[[MockAccount], Any]:
    """Return an invocation whose main operation AWS refuses."""

    def invoke(account: MockAccount) -> None:
        with account.connection.refusing(OPERATIONS[package], "AccessDeniedException"):
            # The relay fails its invocation; the others report what failed.
            fails = pytest.raises(Exception, match="not published")
            with fails if package == "relay" else contextlib.nullcontext():
                _SUCCESSES[package][0](account)

    return invoke
