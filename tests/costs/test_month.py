"""The cost of a month by service, from the breakdowns of an order and of a stack."""

from __future__ import annotations

import json

import pytest

from costs import prices
from costs.calculation import (
    SECONDS_PER_MONTH,
    StackUse,
    monthly_costs,
    order_costs,
    storage_costs,
)
from costs.month import month
from costs.order_figures import KEPT
from costs.stacks import sizing, stack_use
from infra import config
from openapi import files

_CONFIG = files.default_configuration()
_FIXED = stack_use("full", keys=1)


@pytest.mark.parametrize("orders", [1, prices.MILLION, 250 * prices.MILLION])
def test_each_line_belongs_to_one_service(orders: int) -> None:
    """The services cost together what the breakdowns say, with storage and emails."""
    use = sizing(_CONFIG, orders / SECONDS_PER_MONTH).use
    per_million = order_costs(use, orders_per_month=orders).total + storage_costs(KEPT).total + 100
    expected = monthly_costs(_FIXED).total + per_million * orders / prices.MILLION
    assert sum(each.total for each in month(_CONFIG, _FIXED, orders)) == pytest.approx(expected)


def test_a_stack_without_monitoring_has_no_fixed_cost_but_polling() -> None:
    """Without alarms, dashboards and a key, the polling of queues remains."""
    fixed = {each.service: each.fixed for each in month(_CONFIG, StackUse(queues=2), 1_000)}
    assert fixed.pop("SQS") == pytest.approx(0.5184)
    assert set(fixed.values()) == {0}


def test_emails_of_another_server_cost_nothing() -> None:
    """A stack with `smtp` sends nothing through SES."""
    secret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf"
    server = json.dumps({"host": "mail.example.com", "secretArn": secret})
    smtp = config.parse({"emailFrom": "orders@example.com", "smtp": server})
    services = {each.service: each.total for each in month(smtp, StackUse(), 1_000)}
    assert services["SES"] == 0
