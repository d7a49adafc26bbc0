"""Core schemas of models: what a model may not have."""

from __future__ import annotations

from typing import Self

import pytest
from pydantic import BaseModel, model_validator

from handlers.common import core_schema


class Part(BaseModel):
    """A model in two places of another one."""

    number: int


class Shared(BaseModel):
    """A model that needs references, which a dict has no place for."""

    one: Part
    other: Part


class Checked(BaseModel):
    """A model with a validator that needs an object of the model."""

    number: int

    @model_validator(mode="after")
    def _check(self) -> Self:
        return self


@pytest.mark.parametrize("model", [Shared, Checked])
def test_a_model_that_functions_cannot_have_is_named(model: type[BaseModel]) -> None:
    """The error names the model and what to write instead, when the schema is computed."""
    with pytest.raises(TypeError, match=f"{model.__name__} has a model validator, or a model in"):
        core_schema.of_model(model)
