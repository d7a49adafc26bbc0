"""For each permission that the emulator asks for: what clients do that needs it, and what they see without it."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tests.e2e.support.role_permissions import held, refusals, without
from tests.support.polling import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.e2e.permissions.support.client import Shop
    from tests.support.permission_kinds import Permission
    from tests.support.stack import LocalStack


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What clients do, what they see while the permission is missing, and what they do once it is back.

    Each is told the shop and the ID of an order of its own. `besides` is what else has to be missing for the permission to
    be needed at all.
    """

    ask: Callable[[Shop, str], object]
    meanwhile: Callable[[Shop, str], object] = lambda _shop, _order_id: None
    afterwards: Callable[[Shop, str], object] = lambda _shop, _order_id: None
    besides: tuple[str, ...] = ()


def take_away(shop: Shop, function: str, action: str, probe: Probe) -> None:
    """Take a permission away, use the shop, see that the function was refused that very action; and give it back."""
    stack, order_id = shop.stack, f"ORDER-{uuid4()}"
    before = len(refusals(stack, function, action))
    with without(stack, function, action, *probe.besides):
        probe.ask(shop, order_id)
        eventually(
            lambda: refusals(stack, function, action)[before:],
            f"{function} refused {action}",
            timeout=30,
        )
        probe.meanwhile(shop, order_id)
    probe.afterwards(shop, order_id)
    shop.await_order(order_id)
    eventually(lambda: not _in_progress(stack), "note that the e-mail was sent")


def do_without(shop: Shop, permissions: Iterable[Permission]) -> set[str]:
    """Take permissions away from every function that has them, all at once; nobody notices. The actions that were taken."""
    stack, order_id = shop.stack, f"ORDER-{uuid4()}"
    every = [each for permission in permissions for each in permission.held()]
    taken: set[str] = set()
    with contextlib.ExitStack() as missing:
        for function in stack.outputs["functionNames"]:
            actions = {each.action for each in every if each.holder == function} & held(
                stack, function
            )
            missing.enter_context(without(stack, function, *actions))
            taken |= actions
        accepted(shop, order_id)
        shop.await_order(order_id)
        logged = stack.await_log_lines("audit", order_id)
    assert [line["level"] for line in logged] == ["INFO"]
    return taken


def turned_away(shop: Shop, order_id: str) -> None:
    """An order is answered with "later", and not stored."""
    answer = shop.submit(order_id)
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert shop.stack.order(order_id) is None


def accepted(shop: Shop, order_id: str) -> None:
    """An order is accepted."""
    assert shop.submit(order_id).status_code in {200, 202}


def unread(path: str) -> Callable[[Shop, str], None]:
    """A stored order cannot be read where it otherwise can."""

    def ask(shop: Shop, order_id: str) -> None:
        accepted(shop, order_id)
        assert shop.get(path.format(order_id=order_id)).status_code == 503

    return ask


def read(path: str) -> Callable[[Shop, str], None]:
    """It can be."""

    def ask(shop: Shop, order_id: str) -> None:
        answer = shop.get(path.format(order_id=order_id))
        assert (answer.status_code, order_id in answer.text) == (200, True)

    return ask


def not_stored(shop: Shop, order_id: str) -> None:
    """The order is not in the table."""
    assert shop.stack.order(order_id) is None


def not_published(shop: Shop, order_id: str) -> None:
    """The order is stored, and no workflow knows of it."""
    assert shop.stack.order(order_id) is not None
    assert shop.stack.events(order_id) == []


def not_audited(shop: Shop, order_id: str) -> None:
    """The order has no audit record."""
    assert shop.stack.audit_records(order_id) == []


def not_sent(shop: Shop, order_id: str) -> None:
    """No e-mail has left."""
    assert shop.emails(order_id) == 0


def not_taken_back(shop: Shop, order_id: str) -> None:
    """No e-mail has left, and its note says that one is in progress all the same."""
    assert shop.emails(order_id) == 0
    assert len(_in_progress(shop.stack)) == 1


def give_up_waiting(shop: Shop, _order_id: str) -> None:
    """Let the time pass that a note in progress holds up the e-mail."""
    table = shop.stack.outputs["sentEmailsTableName"]
    for note in _in_progress(shop.stack):
        past = {"in_progress_expiration": {"N": str(int(time.time() * 1000) - 1)}}
        shop.stack.client("dynamodb").put_item(TableName=table, Item={**note, **past})


def _in_progress(stack: LocalStack) -> list[dict[str, Any]]:
    notes = stack.client("dynamodb").scan(TableName=stack.outputs["sentEmailsTableName"])["Items"]
    return [note for note in notes if note.get("status") == {"S": "INPROGRESS"}]
