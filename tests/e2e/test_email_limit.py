"""Many orders with one email address: all are stored and audited, few are emailed."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from handlers.email.limit import hour
from tests.e2e.support.variants import deploy_variant
from tests.support.polling import eventually
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from tests.e2e.support.stack import LocalStack

pytestmark = pytest.mark.thorough

_ORDERS, _LIMIT = 60, 7


def test_a_recipient_gets_no_more_emails_than_the_limit(stack: LocalStack) -> None:
    """Of 60 orders to one recipient, spelled in two ways, `confirmationsPerHour` are emailed."""
    start = datetime.now(UTC)
    limited = deploy_variant(stack.emulator, "limited", confirmationsPerHour=_LIMIT)
    spellings = "victim@example.com", "Victim+shop@Example.com"
    bodies = [sample_order(customerEmail=spellings[number % 2]) for number in range(_ORDERS)]
    with ThreadPoolExecutor(4) as threads:
        order_ids = {response.json()["orderId"] for response in threads.map(limited.post, bodies)}
    assert len(order_ids) == _ORDERS

    def outcomes() -> Counter[str]:
        return Counter(each["data"]["S"] for each in limited.idempotency_records("COMPLETED"))

    eventually(lambda: outcomes().total() == _ORDERS, "an outcome for every order", timeout=240)
    sent = sum(len(limited.emails(order_id)) for order_id in order_ids)
    assert outcomes() == {
        '{"outcome": "SENT"}': sent,
        '{"outcome": "SUPPRESSED"}': _ORDERS - sent,
    }
    hours = len({hour(start), hour(datetime.now(UTC))})
    assert _LIMIT <= sent <= _LIMIT * hours
    for order_id in order_ids:
        assert limited.await_audit(order_id)["orderId"] == order_id
