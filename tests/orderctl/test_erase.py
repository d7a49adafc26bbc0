"""`orderctl erase`: nothing of a customer remains, and nothing of others changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from handlers.common.contract import iso_8601
from orderctl.erasure import erase_order
from tests.support.functions import AUDIT_TABLE, ORDERS_TABLE, SENT_EMAILS_TABLE

if TYPE_CHECKING:
    from tests.orderctl.support.operator import OperatorStack


@pytest.mark.parametrize(("markers", "items"), [(True, [0, 1, 1]), (False, [0, 0, 0])])
def test_one_order(operator: OperatorStack, *, markers: bool, items: list[int]) -> None:
    """An order is erased with all that belongs to it; without markers, no item remains."""
    operator.store_order(orderId="ORDER-1", createdAt=iso_8601(datetime.now(UTC)))
    operator.deliver("ORDER-1", "audit", "email")

    report = erase_order(operator.stack, "ORDER-1", markers=markers)

    assert report.complete
    counts = (report.orders, report.audit_records, report.email_records, report.recipient_counters)
    assert counts == (1, 1, 1, 1)
    tables = (ORDERS_TABLE, AUDIT_TABLE, SENT_EMAILS_TABLE)
    assert [len(operator.account.images(table)) for table in tables] == items
