"""What an order writes to the logs: lines of each function, and bytes of all together."""

from __future__ import annotations

import base64
import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.support.deliveries import queue_batch
from tests.support.functions import ORDER_QUEUE
from tests.support.requests import http_request, rest_request, sample_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.mock_account import MockAccount

# A batch of the email and audit queues, which may be this large (`__main__.py`).
_ORDERS = 10
# Bytes of an order, all functions together. At 0.50 USD per GB, 1,500 bytes of a million orders
# cost 0.75 USD.
_BUDGETS = {("http", "direct"): 1_500, ("rest", "direct"): 1_600, ("http", "queued"): 1_700}


class Log:
    """The output of a pipeline's functions."""

    def __init__(self, account: MockAccount) -> None:
        self._account = account
        self.texts: dict[str, list[str]] = {}

    def read(self, function: str) -> None:
        """Add the output of the last invocation; Lambda's own request IDs have 36 characters."""
        text = self._account.console.getvalue().replace("invocation-", "")
        self.texts.setdefault(function, []).append(text)

    def bytes(self) -> Mapping[str, int]:
        """Return the bytes by function."""
        return {name: len("".join(texts).encode()) for name, texts in self.texts.items()}

    def lines(self) -> Mapping[str, Counter[bool]]:
        """Return the number of lines by function: of metrics (True), and of others."""
        return {
            name: Counter('"_aws"' in line for line in "".join(texts).splitlines())
            for name, texts in self.texts.items()
        }


def log_of_ten_orders(account: MockAccount, gateway: str, ingestion: str) -> Log:
    """Send ten orders through the pipeline, the consumers of which get one batch each."""
    log = Log(account)
    api_function = {"direct": "orders", "queued": "intake"}[ingestion]
    for _ in range(_ORDERS):
        if gateway == "http":
            # Request IDs of HTTP APIs have 16 characters, such as JKJaXmPLvHcESHA=.
            request_id = base64.b64encode(os.urandom(11)).decode()
            request = http_request(sample_order(), request_id=request_id)
        else:
            request = rest_request(sample_order())
        assert account.send(request, api_function).status in {200, 202}
        log.read(api_function)
    if ingestion == "queued":
        account.invoke("processor", queue_batch(*account.receive(ORDER_QUEUE)))
        log.read("processor")
    account.relay(*(order["orderId"] for order in account.orders()))
    log.read("relay")
    for function in ("email", "audit"):
        account.invoke(function, queue_batch(*account.receive(function)))
        log.read(function)
    return log


@pytest.mark.parametrize(("gateway", "ingestion"), _BUDGETS, ids=map("-".join, _BUDGETS))
def test_log_bytes_of_an_order(account: MockAccount, gateway: str, ingestion: str) -> None:
    """An order writes no more bytes to the logs of all functions together than its budget."""
    log = log_of_ten_orders(account, gateway, ingestion)
    bytes_of_an_order = {name: count / _ORDERS for name, count in log.bytes().items()}

    assert sum(bytes_of_an_order.values()) <= _BUDGETS[gateway, ingestion], bytes_of_an_order


@pytest.mark.parametrize("ingestion", ["direct", "queued"])
def test_lines_of_an_order(account: MockAccount, ingestion: str) -> None:
    """Each function writes one line about an order, and one line of metrics per invocation."""
    lines = log_of_ten_orders(account, "http", ingestion).lines()

    assert {name: count[False] for name, count in lines.items()} == dict.fromkeys(lines, _ORDERS)
    for name, count in lines.items():
        invocations = {"orders": _ORDERS, "intake": _ORDERS, "relay": 0}.get(name, 1)
        assert count[True] == invocations, name


@pytest.mark.parametrize("function", ["orders", "intake"])
@pytest.mark.parametrize(
    ("refused", "failing"),
    [("{", False), (sample_order(customerName="J"), False), (sample_order(), True)],
    ids=["not JSON", "invalid", "AWS is unavailable"],
)
def test_lines_of_a_refused_order(
    account: MockAccount, function: str, refused: object, *, failing: bool
) -> None:
    """A request that is refused or fails is one line, with its ID, size and reason."""
    operations = {"orders": "PutItem", "intake": "SendMessage"}
    if failing:
        with account.connection.refusing(operations[function], "ThrottlingException"):
            account.post(refused, request_id="req-1", handler=function)
    else:
        account.post(refused, request_id="req-1", handler=function)

    (line,) = account.console.logs
    assert line["requestId"] == "req-1"
    assert line["bodyBytes"] > 0
    assert ("exception" in line) == failing
    assert ("reason" in line) != failing
    assert len(account.console.metrics) == 1
