"""Contact data: required or optional."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from handlers.common import exact_json
from tests.support.deliveries import failures, queue_batch
from tests.support.functions import ORDER_QUEUE
from tests.support.requests import an_order

if TYPE_CHECKING:
    from types import ModuleType

    from tests.support.mock_account import MockAccount

_CONTACT = ("customerName", "customerEmail")
_WITHOUT: dict[str, dict[str, Any]] = {
    "no name": {"customerName": None},
    "no address": {"customerEmail": None},
    "neither": dict.fromkeys(_CONTACT),
}


@pytest.fixture(scope="module", params=["orders", "intake"])
def api_function(request: pytest.FixtureRequest, _account: MockAccount) -> ModuleType:
    """The API function of a stack with `contact: optional`."""
    return _account.functions.load(request.param, {"CONTACT": "optional"})


def record(account: MockAccount) -> dict[str, Any]:
    """The stored or queued order."""
    queued: list[dict[str, Any]] = [exact_json.loads(body) for body in account.receive(ORDER_QUEUE)]
    (order,) = account.orders() + queued
    return order


@pytest.mark.parametrize("without", _WITHOUT.values(), ids=_WITHOUT)
@pytest.mark.parametrize("as_null", [False, True], ids=["left out", "null"])
def test_contact_may_be_missing(
    account: MockAccount, api_function: ModuleType, without: dict[str, Any], *, as_null: bool
) -> None:
    """With `contact: optional`, an order without contact data is accepted and stored."""
    order = {**an_order(**without), **(without if as_null else {})}

    assert account.post(order, handler=api_function).status in {200, 202}

    stored = record(account)
    assert {name: stored[name] for name in _CONTACT if name in stored} == {
        name: order[name] for name in _CONTACT if order.get(name)
    }
    assert stored["customerId"] == "CUST-12345"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customerName", "J"),
        ("customerName", 5),
        ("customerEmail", "jane"),
        ("customerEmail", ""),
        ("items", None),
    ],
)
def test_contact_must_be_valid(
    account: MockAccount, api_function: ModuleType, field: str, value: Any
) -> None:
    """Contact data is validated in every stack, and so is everything else."""
    response = account.post(
        an_order(**dict.fromkeys(_CONTACT)) | {field: value}, handler=api_function
    )

    assert (response.status, response.fields) == (400, [field])
    assert account.operations == []


@pytest.mark.parametrize("function", ["orders", "intake"])
@pytest.mark.parametrize("as_null", [False, True], ids=["left out", "null"])
def test_contact_is_required(account: MockAccount, function: str, *, as_null: bool) -> None:
    """With `contact: required`, an order without name and address is refused for both."""
    order = {**an_order(**dict.fromkeys(_CONTACT)), **(dict.fromkeys(_CONTACT) if as_null else {})}

    response = account.post(order, handler=function)

    assert (response.status, sorted(response.fields)) == (400, sorted(_CONTACT))


def test_repeated_order_without_contact_is_a_replay(account: MockAccount) -> None:
    """A null field and a missing field are the same order."""
    handler = account.functions.load("orders", {"CONTACT": "optional"})
    order = an_order(**dict.fromkeys(_CONTACT))

    account.post(order, key="key-1", handler=handler)
    again = account.post(order | dict.fromkeys(_CONTACT), key="key-1", handler=handler)

    assert (again.status, again.headers.get("Idempotent-Replayed")) == (200, "true")


@pytest.mark.parametrize("without", _WITHOUT.values(), ids=_WITHOUT)
def test_order_without_contact_passes_the_pipeline(
    account: MockAccount, without: dict[str, Any]
) -> None:
    """It is published and audited without the fields, and confirmed if there is an address."""
    handler = account.functions.load("orders", {"CONTACT": "optional"})
    contact = {name: value for name, value in an_order(**without).items() if name in _CONTACT}
    order_id = account.post(an_order(**without), handler=handler).body["orderId"]

    account.relay(order_id)
    (event,) = account.receive("audit")
    assert {name: value for name, value in json.loads(event).items() if name in _CONTACT} == contact

    assert failures(account.invoke("audit", queue_batch(event))) == []
    (record,) = account.audit_records()
    assert {
        name: value for name, value in record["orderDetails"].items() if name in _CONTACT
    } == contact

    assert failures(account.invoke("email", queue_batch(event))) == []
    addresses = [
        address for email in account.emails() for address in email["Destination"]["ToAddresses"]
    ]
    assert addresses == [contact[name] for name in contact if name == "customerEmail"]
