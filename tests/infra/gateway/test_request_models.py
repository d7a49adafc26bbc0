"""Request models of a REST API: the structure of the functions' models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest
import simplejson
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from pydantic import BaseModel, ValidationError

from handlers.common import exact_json
from handlers.validation.model import REQUEST_MODELS, OrderItem
from infra.gateway.rest.request_models import json_schema
from tests.infra.support.gateways import rest
from tests.support import strategies
from tests.support.requests import an_order, an_order_with_item
from tests.support.strategies import hundred_examples

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHECKS = {
    contact: Draft4Validator(json_schema(model)) for contact, model in REQUEST_MODELS.items()
}

_objects = st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
_arrays = st.lists(st.integers(), max_size=2)
_scalars = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False)
)

# A field of an order, and a value of a type that it cannot have.
_WRONG_TYPE = st.one_of(
    st.tuples(st.just("items"), _objects | _scalars),
    st.tuples(
        st.sampled_from(["shippingAddress", "billingAddress"]),
        _arrays | _scalars.filter(lambda x: x is not None),
    ),
    st.tuples(
        st.sampled_from(
            [
                "orderId",
                "customerName",
                "customerEmail",
                "totalAmount",
                "currency",
                "notes",
                "priority",
            ]
        ),
        _arrays | _objects,
    ),
)
_ITEM_WRONG_TYPE = st.tuples(
    st.sampled_from(["productId", "productName", "quantity", "price", "subtotal"]),
    _arrays | _objects,
)


def _accepts(contact: str, body: str) -> bool:
    """Whether the gateway accepts a body."""
    return _CHECKS[contact].is_valid(json.loads(body))


def _function_accepts(contact: str, body: str) -> bool:
    """Whether the function's model accepts a body."""
    try:
        REQUEST_MODELS[contact].model_validate(exact_json.loads(body))
    except ValidationError:
        return False
    return True


@hundred_examples
@given(order=strategies.orders)
def test_valid_orders_pass(order: Any) -> None:
    """Every order that the function accepts passes, with each value of `contact`."""
    body = strategies.body(order)
    for contact in REQUEST_MODELS:
        assert _function_accepts(contact, body)
        assert _accepts(contact, body)


_aliased = st.fixed_dictionaries(
    {"itemId": strategies.names(), "quantity": st.integers(1, 1000), "price": strategies.prices},
    optional={"productName": st.none() | strategies.names(), "subtotal": st.none()},
)
_sparse = st.fixed_dictionaries(
    {"items": st.lists(_aliased, min_size=1, max_size=3)},
    optional={
        **{
            name: st.none() | strategies.names(2, 100)
            for name in ("customerId", "customerName", "notes", "priority")
        },
        **dict.fromkeys(
            ("orderId", "customerEmail", "shippingAddress", "billingAddress", "totalAmount"),
            st.none(),
        ),
    },
)


@hundred_examples
@given(order=_sparse)
def test_nulls_and_aliases_pass(order: Any) -> None:
    """Orders with null fields and with aliases of fields reach the function."""
    body = strategies.body(order)
    assert _function_accepts("optional", body)
    assert _accepts("optional", body)


@hundred_examples
@given(field=_WRONG_TYPE)
def test_other_structures_are_rejected(field: tuple[str, Any]) -> None:
    """An array, object or scalar in the place of another is rejected by both."""
    body = strategies.body(an_order() | dict([field]))
    for contact in REQUEST_MODELS:
        assert not _accepts(contact, body)
        assert not _function_accepts(contact, body)


@hundred_examples
@given(field=_ITEM_WRONG_TYPE)
def test_other_structures_of_items_are_rejected(field: tuple[str, Any]) -> None:
    """The same holds for fields of items."""
    body = strategies.body(an_order(items=[{**an_order_with_item()["items"][0], **dict([field])}]))
    assert not _accepts("required", body)
    assert not _function_accepts("required", body)


@pytest.mark.parametrize("body", ["null", "[]", '"order"', "1", "true", '[{"items":[]}]'])
def test_a_body_that_is_no_object_is_rejected(body: str) -> None:
    """Gateway and function reject it alike."""
    assert not _accepts("required", body)
    assert not _function_accepts("required", body)


@hundred_examples
@given(of_order=strategies.broken_order_fields, of_item=strategies.broken_item_fields)
def test_violations_with_a_field_reach_the_function(
    of_order: dict[str, Any], of_item: dict[str, Any]
) -> None:
    """The function reports missing and unknown fields, limits, and scalars of another type."""
    scalars = {
        name: value for name, value in of_order.items() if not isinstance(value, dict | list)
    }
    of_items = {
        name: value for name, value in of_item.items() if not isinstance(value, dict | list)
    }
    scalars.pop("items", None)
    order = an_order() | scalars
    order["items"] = [{**order["items"][0], **of_items}]
    body = simplejson.dumps(order, use_decimal=True, ignore_nan=True)
    assert _accepts("required", body)


def _nodes(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    below = [
        *schema.get("properties", {}).values(),
        schema.get("items"),
        schema.get("additionalProperties"),
    ]
    for node in below:
        if node is not None:
            yield from _nodes(node)


@pytest.mark.parametrize("model", REQUEST_MODELS.values())
def test_schemas_hold_the_structure_alone(model: type[BaseModel]) -> None:
    """The schema is of draft 4, and says where objects, arrays and scalars are."""
    schema = json_schema(model)
    Draft4Validator.check_schema(schema)
    assert schema.pop("$schema") == "http://json-schema.org/draft-04/schema#"
    assert schema.pop("title") == model.__name__
    for node in _nodes(schema):
        assert node.keys() <= {"type", "properties", "items", "additionalProperties"}


@pytest.mark.parametrize("model", REQUEST_MODELS.values())
def test_schemas_hold_every_field_of_the_model(model: type[BaseModel]) -> None:
    """The fields of orders and of items are derived from the model."""
    schema = json_schema(model)
    assert schema["properties"].keys() == {field.alias for field in model.model_fields.values()}
    items = schema["properties"]["items"]["items"]
    assert items["properties"].keys() == {field.alias for field in OrderItem.model_fields.values()}


class _AnyTypes(BaseModel):
    anything: Any
    either: dict[str, int] | list[str] | None
    nested: dict[str, list[dict[str, float]]]


def test_unknown_types_are_accepted() -> None:
    """A field of any type has no rule, one of several types has all, at every depth."""
    fields = json_schema(_AnyTypes)["properties"]
    scalars = ["boolean", "null", "number", "string"]
    assert fields["anything"] == {}
    assert fields["either"]["type"] == ["array", "null", "object"]
    assert fields["nested"] == {
        "type": "object",
        "additionalProperties": {
            "type": "array",
            "items": {"type": "object", "additionalProperties": {"type": scalars}},
        },
    }


@pytest.mark.parametrize("contact", REQUEST_MODELS)
def test_the_gateways_model_is_that_of_the_function(contact: str) -> None:
    """The API has the schema of the model that the function validates with."""
    (model,) = rest(contact=contact).all(aws.apigateway.Model)
    assert json.loads(model["schema"]) == json_schema(REQUEST_MODELS[contact])
    assert model["name"] == REQUEST_MODELS[contact].__name__
