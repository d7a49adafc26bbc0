"""Many orders in one customer's name: all are stored and audited, and the customer's mailbox is not flooded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.e2e.support.stack import sample_order
from tests.e2e.support.variants import deployed
from tests.support.polling import eventually

if TYPE_CHECKING:
    from tests.e2e.support.stack import LocalStack

pytestmark = pytest.mark.thorough

_ORDERS, _LIMIT = 60, 7


def test_a_recipient_gets_no_more_emails_than_the_limit(stack: LocalStack) -> None:
    """Of 60 orders to one recipient, spelled in two ways, the stack's limit of confirmations is sent, and no more."""
    limited = deployed(stack.emulator, "limited", confirmationsPerHour=_LIMIT)
    spellings = "victim@example.com", "Victim+shop@Example.com"
    bodies = [sample_order(customerEmail=spellings[number % 2]) for number in range(_ORDERS)]
    with ThreadPoolExecutor(4) as threads:
        order_ids = {response.json()["orderId"] for response in threads.map(limited.post, bodies)}
    assert len(order_ids) == _ORDERS

    def outcomes() -> list[str]:
        table = limited.outputs["sentEmailsTableName"]
        items = limited.client("dynamodb").scan(TableName=table)["Items"]
        return [item["data"]["S"] for item in items if item.get("status") == {"S": "COMPLETED"}]

    eventually(lambda: len(outcomes()) == _ORDERS, "an outcome for every order", timeout=60)
    assert outcomes().count('{"outcome": "SENT"}') == _LIMIT
    assert outcomes().count('{"outcome": "SUPPRESSED"}') == _ORDERS - _LIMIT
    assert sum(len(limited.emails(order_id)) for order_id in order_ids) == _LIMIT
    for order_id in order_ids:
        assert limited.await_audit(order_id)["orderId"] == order_id
