"""Core schemas of pydantic's models, for `pydantic_core` alone.

Functions do not import pydantic (docs/adr/0039). Bundles hold the schemas as constants, and not
this module.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, TypeAdapter, with_config

# What only pydantic itself reads, or what concerns serialization.
_LEFT_OUT: Final = frozenset(
    {"computed_fields", "config", "metadata", "model_name", "ref", "serialization_alias"}
)

Schema = tuple[Any, Any]
"""A core schema and its configuration: the arguments of `pydantic_core.SchemaValidator`."""


def of_model(model: type[BaseModel]) -> Schema:
    """Return the schema of a model; it validates to a dict with the names of the JSON object.

    Raises:
        TypeError: the model has a validator of the whole, or is or has a model in two places.
    """
    model.model_rebuild()
    schema = model.__pydantic_core_schema__
    if schema["type"] != "model":
        raise TypeError(
            f"{model.__name__} has a model validator, or a model in two places, which a function"
            " without pydantic cannot have: write rules of fields, or a model for each place"
        )
    return _plain(schema), _configuration(schema)


def of_dataclass(dataclass: type, *parts: type, json_name: Callable[[str], str]) -> Schema:
    """Return the schema of a dataclass of the standard library; `parts` are those in its fields.

    Unknown fields are ignored: a producer may be one version ahead of a consumer. Inputs are hidden
    in errors because they are customers' data, and errors end up in logs.
    """
    config = ConfigDict(alias_generator=json_name, extra="ignore", hide_input_in_errors=True)
    for each in (dataclass, *parts):
        with_config(config)(each)
    schema = TypeAdapter(dataclass).core_schema
    return _plain(schema), _configuration(schema)


def _configuration(schema: Any) -> dict[str, Any]:
    return {key: value for key, value in schema["config"].items() if key != "title"}


def _plain(value: Any, configuration: Any = None) -> Any:
    """Return a schema without what is left out; models are dicts, with their configuration."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("type") == "model":
        return _plain(value["schema"], _configuration(value))
    if value.get("type") == "model-fields":
        fields = dict(_fields(value["fields"]))
        return {"type": "typed-dict", "fields": fields, "config": configuration}
    plain = {
        key: _plain(each, configuration) for key, each in value.items() if key not in _LEFT_OUT
    }
    # A dataclass does not take the configuration of the schema that it is in.
    return {**plain, "config": _configuration(value)} if value.get("type") == "dataclass" else plain


def _fields(fields: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    for field in fields.values():
        schema = _plain(field["schema"])
        required = schema["type"] != "default"
        yield (
            field["validation_alias"],
            {"type": "typed-dict-field", "schema": schema, "required": required},
        )
