"""Tests: null means absent for every optional field of an order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft4Validator

from handlers.validation.model import AnonymousOrderRequest, OrderItem, OrderRequest
from infra.gateway.rest.request_models import json_schema
from tests.support import documents
from tests.support.requests import an_order, an_order_with_item

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from tests.support.mock_account import MockAccount

_REST = Draft4Validator(json_schema(OrderRequest))


def _optional(model: type[BaseModel]) -> list[str]:
    return [str(field.alias) for field in model.model_fields.values() if not field.is_required()]


def _required(model: type[BaseModel]) -> list[str]:
    return [str(field.alias) for field in model.model_fields.values() if field.is_required()]


def _orders() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Every optional field, with an order in which it is null and one in which it is absent."""
    for name in _optional(OrderRequest):
        absent = {key: value for key, value in an_order().items() if key != name}
        yield name, {**absent, name: None}, absent
    (item,) = an_order_with_item()["items"]
    for name in _optional(OrderItem):
        absent = {key: value for key, value in item.items() if key != name}
        yield f"items[].{name}", an_order(items=[{**absent, name: None}]), an_order(items=[absent])
    yield (
        "itemId beside productId",
        an_order(items=[{**item, "itemId": None}]),
        an_order(items=[item]),
    )
    aliased = {**item, "itemId": item["productId"], "productId": None}
    yield "productId beside itemId", an_order(items=[aliased]), an_order(items=[item])
    for name in ("shippingAddress", "billingAddress"):
        lines = {"street": "1 Main St", "city": None}
        yield (
            f"a line of {name}",
            an_order(**{name: lines}),
            an_order(**{name: {"street": "1 Main St"}}),
        )


_ORDERS = list(_orders())


@pytest.mark.parametrize(
    ("null", "absent"), [pair for _, *pair in _ORDERS], ids=[name for name, *_ in _ORDERS]
)
def test_null_is_absent(account: MockAccount, null: dict[str, Any], absent: dict[str, Any]) -> None:
    """An order with null in an optional field equals the order without it: a replay."""
    assert account.post(null, key="key-1").status == 200
    again = account.post(absent, key="key-1")

    assert (again.status, again.headers.get("Idempotent-Replayed")) == (200, "true")


@pytest.mark.parametrize(
    "null", [null for _, null, _ in _ORDERS], ids=[name for name, *_ in _ORDERS]
)
def test_gateway_and_document_allow_null(null: dict[str, Any]) -> None:
    """The model of a REST API and the OpenAPI document allow the same nulls."""
    assert list(_REST.iter_errors(json.loads(json.dumps(null)))) == []
    assert list(documents.order_validator(documents.generate()).iter_errors(null)) == []


def test_every_contact_field_may_be_null_where_contact_is_optional(account: MockAccount) -> None:
    """With `contact: optional`, contact fields may be null too."""
    orders = account.functions.load("orders", {"CONTACT": "optional"})
    nulls = dict.fromkeys(_optional(AnonymousOrderRequest))
    order = {**nulls, "items": an_order()["items"]}

    assert account.post(order, handler=orders).status == 200
    (stored,) = account.orders()
    assert stored["currency"] == "USD"
    assert not {name for name in nulls if name in stored} - {"currency", "orderId", "totalAmount"}
    assert (
        list(documents.order_validator(documents.generate(contact="optional")).iter_errors(order))
        == []
    )


@pytest.mark.parametrize("name", _required(OrderRequest))
def test_required_fields_are_not_null(account: MockAccount, name: str) -> None:
    """Null in a required field is refused."""
    response = account.post({**an_order(), name: None})

    assert (response.status, response.fields) == (400, [name])


@pytest.mark.parametrize(
    "names", [{"productId": None}, {"itemId": None}, {"productId": None, "itemId": None}]
)
def test_a_product_needs_an_id(account: MockAccount, names: dict[str, Any]) -> None:
    """An item without productId and itemId is refused, with productId as the field."""
    item = {"quantity": 1, "price": 1, **names}
    response = account.post(an_order(items=[item]))

    assert (response.status, response.fields) == (400, ["items[0].productId"])
    assert not documents.order_validator(documents.generate()).is_valid(an_order(items=[item]))


def test_address_of_nulls_is_empty(account: MockAccount) -> None:
    """An address whose lines are all null is refused like one without lines."""
    nulls, empty = (
        account.post(an_order(shippingAddress=lines)) for lines in ({"street": None}, {})
    )

    assert (nulls.status, nulls.body["errors"]) == (400, empty.body["errors"])


@pytest.mark.parametrize(
    "lines",
    [
        '{"a": "1", " a": "2"}',
        '{"a": "1", "a\\t": "2"}',
        '{"a ": null, " a": "2"}',
        '{"a": "1", "\\u00a0a": "1"}',
        '{"a": "1", "\\n a": "2", "b": "3"}',
    ],
)
@pytest.mark.parametrize("name", ["shippingAddress", "billingAddress"])
def test_names_of_lines_are_unique(account: MockAccount, name: str, lines: str) -> None:
    """Two names of address lines that are equal when trimmed are a repeated name."""
    response = account.post("{" + json.dumps(an_order())[1:-1] + f', "{name}": {lines}}}')

    assert response.status == 400
    assert response.body["errors"] == [
        {"field": f"{name}.a", "message": "Must not appear more than once"}
    ]
    assert account.orders() == []


@pytest.mark.parametrize("name", ["", " ", "\t"])
def test_line_without_a_name_is_refused(account: MockAccount, name: str) -> None:
    """An address line whose name is empty when trimmed is refused."""
    response = account.post(an_order(shippingAddress={name: "1 Main St"}))

    assert response.status == 400
    expected = {"field": "shippingAddress.", "message": "Name must be at least 1 character"}
    assert response.body["errors"] == [expected]
