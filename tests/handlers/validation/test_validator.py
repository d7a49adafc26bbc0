"""The validator of functions, and pydantic's own models, from which it is computed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import ValidationError

from handlers.common import exact_json
from handlers.validation import messages
from handlers.validation.model import REQUEST_MODELS
from handlers.validation.validator import request_validator
from tests.support.hostile import HOSTILE
from tests.support.requests import an_order
from tests.support.strategies import any_orders, hundred_examples, orders

if TYPE_CHECKING:
    from collections.abc import Callable

_CONTACTS = ("required", "optional")
_BODIES = {
    "an order": json.dumps(an_order()),
    **{case.name: case.body for case in HOSTILE},
}


def _result(validate: Callable[[Any], Any], body: Any) -> Any:
    """A valid order with the names of its JSON, or the messages of all errors by location."""
    try:
        return validate(body)
    except ValidationError as error:
        # The type of the error about what is no object, of a model and of a dict.
        types = {"model_type": "dict_type"}
        entries = [
            {**entry, "type": types.get(entry["type"], entry["type"])}
            for entry in error.errors(include_url=False)
        ]
        return [(messages.location(entry), messages.message(entry)) for entry in entries]


def _assert_same(contact: str, body: Any) -> None:
    model = REQUEST_MODELS[contact]
    expected = _result(lambda data: model.model_validate(data).model_dump(by_alias=True), body)
    assert _result(request_validator(contact).validate_python, body) == expected


@pytest.mark.parametrize("contact", _CONTACTS)
@pytest.mark.parametrize("body", _BODIES.values(), ids=_BODIES)
def test_hostile_bodies_get_the_same_errors(contact: str, body: Any) -> None:
    """The validator reports the errors of pydantic's model, in the same order."""
    try:
        parsed = exact_json.loads(body) if isinstance(body, str) else body
    except (ValueError, RecursionError):
        return  # no validator gets what is not JSON
    _assert_same(contact, parsed)


@hundred_examples
@given(contact=st.sampled_from(_CONTACTS), order=orders | any_orders)
def test_any_order_gets_the_same_result(contact: str, order: dict[str, Any]) -> None:
    """The validator accepts, changes and refuses what pydantic's model does."""
    _assert_same(contact, order)
