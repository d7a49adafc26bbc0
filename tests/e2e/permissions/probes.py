"""Removes a permission of a deployed function; checks what clients see with and without it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

from tests.e2e.support.role_permissions import allowed_actions, refusals, without
from tests.support.permissions import CODE, SERVICES
from tests.support.polling import eventually
from tests.support.requests import sample_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from tests.e2e.support.stack import LocalStack


@dataclass(frozen=True, kw_only=True)
class Client:
    """A client of a deployed stack; `emails` counts those about an order."""

    stack: LocalStack
    headers: Mapping[str, str] = field(default_factory=dict)
    emails: Callable[[str], int]

    def submit(self, order_id: str) -> httpx.Response:
        """Send an order under an ID, of a customer who has no other."""
        order = sample_order(orderId=order_id, customerId=f"of-{order_id}")
        return self.stack.post(order, key=order_id, headers=dict(self.headers))

    def get(self, path: str) -> httpx.Response:
        """Send a GET request."""
        return self.stack.get(path, headers=dict(self.headers))

    def await_order(self, order_id: str) -> None:
        """Wait until an order is stored, and audited and confirmed once."""

        def arrived() -> bool:
            records = self.stack.audit_records(order_id)
            stored = self.stack.order(order_id) is not None
            return stored and (len(records), self.emails(order_id)) == (1, 1)

        eventually(arrived, f"{order_id} stored, audited and confirmed once")


Step: TypeAlias = "Callable[[Client, str], object]"


def _nothing(_client: Client, _order_id: str) -> None:
    pass


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What needs a permission: each step gets the client and the ID of a new order.

    Without the permission, the client takes the `action`, and `without` checks its effect. With the
    permission back, the client takes the step `recover`. `also_removed` are further actions.
    """

    action: Step
    without: Step = _nothing
    recover: Step = _nothing
    also_removed: tuple[str, ...] = ()


def code_actions(stack: str) -> list[tuple[str, str]]:
    """The functions and actions that the table says the tests of a stack remove."""
    return sorted({each[:2] for row in CODE if row.stack == stack for each in row.role_actions()})


def check_refusal(client: Client, function: str, action: str, probe: Probe) -> None:
    """Without an action the function is refused just that; with it back, the order arrives."""
    stack, order_id = client.stack, f"ORDER-{uuid4()}"
    before = len(refusals(stack, function, action))
    with without(stack, function, action, *probe.also_removed):
        probe.action(client, order_id)
        eventually(
            lambda: refusals(stack, function, action)[before:],
            f"{function} refused {action}",
        )
        probe.without(client, order_id)
    probe.recover(client, order_id)
    client.await_order(order_id)
    eventually(lambda: not stack.idempotency_records("INPROGRESS"), "completed idempotency record")


def remove_service_permissions(client: Client) -> set[str]:
    """Remove them from every function at once; an order still arrives. Returns the actions."""
    stack, order_id = client.stack, f"ORDER-{uuid4()}"
    rows = [each for permission in SERVICES for each in permission.role_actions()]
    removed: set[str] = set()
    with contextlib.ExitStack() as policies:
        for function in stack.outputs["functionNames"]:
            actions = {row.action for row in rows if row.role == function}
            actions &= allowed_actions(stack, function)
            policies.enter_context(without(stack, function, *actions))
            removed |= actions
        accepted(client, order_id)
        client.await_order(order_id)
        log = stack.await_log_lines("audit", order_id)
    assert [line["level"] for line in log] == ["INFO"]
    return removed


def unavailable(client: Client, order_id: str) -> None:
    """An order gets a 503 with `Retry-After`, and is not stored."""
    response = client.submit(order_id)
    assert (response.status_code, "Retry-After" in response.headers) == (503, True)
    assert client.stack.order(order_id) is None


def accepted(client: Client, order_id: str) -> None:
    """An order is accepted."""
    assert client.submit(order_id).status_code in {200, 202}


def unreadable(path: str) -> Step:
    """A stored order gets a 503 at a path."""

    def action(client: Client, order_id: str) -> None:
        accepted(client, order_id)
        assert client.get(path.format(order_id=order_id)).status_code == 503

    return action


def readable(path: str) -> Step:
    """A stored order is read at a path."""

    def recover(client: Client, order_id: str) -> None:
        response = client.get(path.format(order_id=order_id))
        assert (response.status_code, order_id in response.text) == (200, True)

    return recover


def not_stored(client: Client, order_id: str) -> None:
    """The order is not in the table."""
    assert client.stack.order(order_id) is None


def not_published(client: Client, order_id: str) -> None:
    """The order is stored, and its event is not published."""
    assert client.stack.order(order_id) is not None
    assert client.stack.events(order_id) == []


def not_audited(client: Client, order_id: str) -> None:
    """The order has no audit record."""
    assert client.stack.audit_records(order_id) == []


def not_sent(client: Client, order_id: str) -> None:
    """No email was sent."""
    assert client.emails(order_id) == 0


def left_in_progress(client: Client, order_id: str) -> None:
    """No email was sent, and its idempotency record is still in progress."""
    assert client.emails(order_id) == 0
    assert len(client.stack.idempotency_records("INPROGRESS")) == 1


def expire_records(client: Client, _order_id: str) -> None:
    """Let the idempotency records in progress expire, which hold up the email."""
    table = client.stack.outputs["sentEmailsTableName"]
    past = {"in_progress_expiration": {"N": str(int(time.time() * 1000) - 1)}}
    for record in client.stack.idempotency_records("INPROGRESS"):
        client.stack.client("dynamodb").put_item(TableName=table, Item={**record, **past})


def retry_soon(stack: LocalStack) -> None:
    """Failed messages are delivered again after a second, as often as needed."""
    for queue in stack.outputs["queueUrls"]:
        stack.set_retries(queue, seconds=1, receives=1000)
