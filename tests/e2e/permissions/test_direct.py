"""No permission too many: where orders are stored at once and read, each permission that is taken away is missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.permissions.support import probes
from tests.e2e.permissions.support.client import Shop, patient
from tests.e2e.permissions.support.probes import Probe
from tests.e2e.support.variants import deployed
from tests.support.permissions_table import refused_by

if TYPE_CHECKING:
    from local.emulator import Emulator

_ORDER, _ORDERS = "/orders/{order_id}", "/customers/of-{order_id}/orders"

_PROBES: dict[tuple[str, str], Probe] = {
    ("orders", "dynamodb:PutItem"): Probe(ask=probes.turned_away, afterwards=probes.accepted),
    ("lookup", "dynamodb:GetItem"): Probe(
        ask=probes.unread(_ORDER), afterwards=probes.read(_ORDER)
    ),
    ("lookup", "dynamodb:Query"): Probe(
        ask=probes.unread(_ORDERS), afterwards=probes.read(_ORDERS)
    ),
    ("relay", "sns:Publish"): Probe(ask=probes.accepted, meanwhile=probes.not_published),
    ("audit", "dynamodb:PutItem"): Probe(ask=probes.accepted, meanwhile=probes.not_audited),
    ("email", "dynamodb:PutItem"): Probe(ask=probes.accepted, meanwhile=probes.not_sent),
    ("email", "ses:SendEmail"): Probe(ask=probes.accepted, meanwhile=probes.not_sent),
    # Without it the recipient's confirmations cannot be counted, so that none is sent.
    ("email", "dynamodb:UpdateItem"): Probe(ask=probes.accepted, meanwhile=probes.not_sent),
    ("email", "dynamodb:DeleteItem"): Probe(
        ask=probes.accepted,
        meanwhile=probes.not_taken_back,
        afterwards=probes.give_up_waiting,
        besides=("ses:SendEmail",),
    ),
}
_THIS = "tests/e2e/permissions/test_direct.py::test_without_a_right_its_function_is_refused"


@pytest.fixture(scope="module")
def shop(emulator: Emulator) -> Shop:
    """A stack that has every function of this way of ingestion, and whose orders can be read."""
    auth = {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app"]}
    own = patient(deployed(emulator, "permissions", **auth))
    headers = {"x-api-key": own.outputs["apiKeys"]["app"]}
    return Shop(stack=own, headers=headers, emails=lambda order_id: len(own.emails(order_id)))


@pytest.mark.parametrize(("function", "action"), _PROBES)
def test_without_a_right_its_function_is_refused(shop: Shop, function: str, action: str) -> None:
    """Without an action in its role's policy a function is refused that very action; with it, the order arrives."""
    probes.take_away(shop, function, action, _PROBES[function, action])


def test_every_right_of_the_table_has_a_probe() -> None:
    """What the table of permissions says that this module takes away, it does take away, and nothing else."""
    assert sorted(_PROBES) == refused_by(_THIS)
