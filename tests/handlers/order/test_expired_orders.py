"""An expired order does not exist, although DynamoDB may not have deleted it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.deliveries import (
    a_queued_order,
    failures,
    queue_batch,
    stream_batch,
    stream_record,
)
from tests.support.functions import ORDER_QUEUE
from tests.support.lookups import a_stored_order, get_order, get_orders, in_seconds, store
from tests.support.mock_account import as_image
from tests.support.requests import an_order

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_BY_KEY: tuple[dict[str, str], dict[str, str]] = ({"key": "key-1"}, {})
_BY_ORDER_ID: tuple[dict[str, str], dict[str, str]] = ({}, {"orderId": "A-1"})


def _let_expire(account: MockAccount) -> dict[str, Any]:
    """Let the one stored order expire, and return it."""
    (order,) = account.orders()
    expired = {**order, "createdAt": "2026-01-01T00:00:00.000Z", "expiresAt": in_seconds(-1)}
    store(account, expired)
    return expired


@pytest.mark.parametrize(("sent", "fields"), [_BY_KEY, _BY_ORDER_ID])
@pytest.mark.parametrize(
    "changes", [{}, {"notes": "other content"}], ids=["same content", "other content"]
)
@pytest.mark.parametrize("queued", [False, True], ids=["direct", "queued"])
def test_a_new_order_replaces_an_expired_one(
    account: MockAccount,
    sent: dict[str, str],
    fields: dict[str, str],
    changes: dict[str, str],
    *,
    queued: bool,
) -> None:
    """The key or orderId of an expired order leads to a new order, neither replay nor conflict."""
    account.post(an_order(**fields), **sent)  # type: ignore[arg-type]
    expired = _let_expire(account)

    changed = an_order(**fields, **changes)
    handler = "intake" if queued else "orders"
    response = account.post(changed, handler=handler, **sent)  # type: ignore[arg-type]
    if queued:
        assert (
            failures(account.invoke("processor", queue_batch(*account.receive(ORDER_QUEUE)))) == []
        )

    assert response.status == (202 if queued else 200)
    assert "Idempotent-Replayed" not in response.headers
    (stored,) = account.orders()
    assert stored["orderId"] == expired["orderId"] == response.body["orderId"]
    assert stored["createdAt"] == response.body["createdAt"] != expired["createdAt"]
    assert account.console.metric("OrdersProcessed")
    assert account.send(get_order(stored["orderId"]).through_http_api(), "lookup").status == 200


@pytest.mark.parametrize(("sent", "fields"), [_BY_KEY, _BY_ORDER_ID])
def test_the_new_order_is_idempotent_again(
    account: MockAccount, sent: dict[str, str], fields: dict[str, str]
) -> None:
    """After a new order has replaced an expired one, its key is idempotent."""
    account.post(an_order(**fields), **sent)  # type: ignore[arg-type]
    _let_expire(account)
    first, again, other = (
        account.post(an_order(**fields, **changes), **sent)  # type: ignore[arg-type]
        for changes in ({}, {}, {"notes": "other content"})
    )

    assert (first.status, again.status, other.status) == (200, 200, 409)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.body["createdAt"] == first.body["createdAt"]


def test_an_expired_order_cannot_be_read(account: MockAccount) -> None:
    """No lookup finds an expired order, and every lookup finds its replacement."""
    account.post(an_order(orderId="A-1", customerId="CUST-1"))
    _let_expire(account)
    order, customers = get_order("A-1").through_http_api(), get_orders("CUST-1").through_http_api()
    assert account.send(order, "lookup").status == 404
    assert account.send(customers, "lookup").body["orders"] == []

    account.post(an_order(orderId="A-1", customerId="CUST-1"))

    assert account.send(order, "lookup").status == 200
    assert len(account.send(customers, "lookup").body["orders"]) == 1


@pytest.mark.parametrize("expires_at", [in_seconds(3600), None], ids=["later", "never"])
def test_an_order_that_has_not_expired_stays(account: MockAccount, expires_at: Any) -> None:
    """An order that has not expired, or never does, is not replaced."""
    store(account, a_stored_order("A-1", expiresAt=expires_at))

    assert account.post(an_order(orderId="A-1")).status == 409
    queued = a_queued_order(orderId="A-1", fingerprint="0" * 64)
    assert failures(account.invoke("processor", queue_batch(queued))) == ["message-0"]


def test_the_relay_publishes_a_replacement(account: MockAccount) -> None:
    """A replacement is published with a new event ID; other changes are not published."""
    old = a_stored_order("A-1", day=1)
    new = {**old, "createdAt": "2026-05-01T10:30:00.123Z"}
    account.invoke("relay", stream_batch(stream_record(as_image(old))))
    (first,) = account.receive("audit")
    replaced = stream_record(as_image(new), name="MODIFY", before=as_image(old))
    changed = stream_record(
        as_image({**new, "notes": "changed"}), name="MODIFY", before=as_image(new)
    )

    account.invoke("relay", stream_batch(replaced, changed))

    (second,) = account.receive("audit")
    events = [json.loads(body) for body in (first, second)]
    assert events[1]["createdAt"] == new["createdAt"]
    assert events[0]["eventId"] != events[1]["eventId"]
