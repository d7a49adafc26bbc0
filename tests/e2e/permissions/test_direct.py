"""Each permission of the stack that stores orders at once is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.permissions import probes
from tests.e2e.permissions.probes import Client, Probe
from tests.e2e.support.variants import deploy_variant

if TYPE_CHECKING:
    from local.emulator.emulator import Emulator

_ORDER, _ORDERS = "/orders/{order_id}", "/customers/of-{order_id}/orders"

_PROBES: dict[tuple[str, str], Probe] = {
    ("orders", "dynamodb:PutItem"): Probe(action=probes.unavailable, recover=probes.accepted),
    ("lookup", "dynamodb:GetItem"): Probe(
        action=probes.unreadable(_ORDER), recover=probes.readable(_ORDER)
    ),
    ("lookup", "dynamodb:Query"): Probe(
        action=probes.unreadable(_ORDERS), recover=probes.readable(_ORDERS)
    ),
    ("relay", "sns:Publish"): Probe(action=probes.accepted, without=probes.not_published),
    ("audit", "dynamodb:PartiQLInsert"): Probe(action=probes.accepted, without=probes.not_audited),
    ("email", "dynamodb:PartiQLInsert"): Probe(action=probes.accepted, without=probes.not_sent),
    ("email", "ses:SendEmail"): Probe(action=probes.accepted, without=probes.not_sent),
    # Without it a sent email cannot be recorded, and is sent again.
    ("email", "dynamodb:UpdateItem"): Probe(action=probes.accepted),
    ("email", "dynamodb:DeleteItem"): Probe(
        action=probes.accepted,
        without=probes.left_in_progress,
        recover=probes.expire_records,
        also_removed=("ses:SendEmail",),
    ),
}


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Client:
    """A client of a stack with a lookup function, with its API key."""
    auth = {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app"]}
    stack = deploy_variant(emulator, "permissions", **auth)
    probes.retry_soon(stack)
    headers = {"x-api-key": stack.outputs["apiKeys"]["app"]}
    return Client(stack=stack, headers=headers, emails=lambda order_id: len(stack.emails(order_id)))


@pytest.mark.parametrize(("function", "action"), _PROBES)
def test_without_a_permission_its_function_is_refused(
    client: Client, function: str, action: str
) -> None:
    """Without an action a function is refused that very action; with it back, the order arrives."""
    probes.check_refusal(client, function, action, _PROBES[function, action])


def test_every_permission_of_the_table_has_a_probe() -> None:
    """This module removes the permissions that the table says it removes, and no others."""
    assert sorted(_PROBES) == probes.code_actions("direct")
