"""What a REST API looks for in a request's body, derived from the model that the function checks it with."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

# The only draft that API Gateway knows.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
_DRAFT: Final = "http://json-schema.org/draft-04/schema#"

_SCALARS: Final = ("boolean", "null", "number", "string")
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "object": ("object",),
    "array": ("array",),
    "null": ("null",),
    "boolean": _SCALARS,
    "integer": _SCALARS,
    "number": _SCALARS,
    "string": _SCALARS,
}


def structure(model: type[BaseModel]) -> dict[str, Any]:
    """Return the structure of what a model accepts, as a JSON schema: where objects are, where arrays, where scalars.

    Nothing else is in it. The gateway cannot name the field at fault, so whatever the function could name has to reach
    it: what is missing, too long, unknown, or a number where a text should be (docs/adr/0013). Whatever the model
    accepts, this accepts.
    """
    schema = model.model_json_schema()
    return {
        "$schema": _DRAFT,
        "title": model.__name__,
        **_structure(schema, schema.get("$defs", {})),
    }


def _structure(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    options = [_resolved(option, definitions) for option in schema.get("anyOf", [schema])]
    if not all(option.get("type") in _KINDS for option in options):
        return {}  # whatever else a model may say of a value, this never refuses it
    kinds = sorted({kind for option in options for kind in _KINDS[option["type"]]})
    inside = dict(pair for option in options for pair in _inside(option, definitions))
    return {"type": kinds[0] if len(kinds) == 1 else kinds, **inside}


def _inside(option: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a schema says of what an object or an array holds; draft 4 has the same words for it."""
    if "properties" in option:
        yield (
            "properties",
            {name: _structure(value, definitions) for name, value in option["properties"].items()},
        )
    for keyword in ("additionalProperties", "items"):
        if isinstance(option.get(keyword), Mapping):
            yield keyword, _structure(option[keyword], definitions)


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference; pydantic defines a model once, however often it is used."""
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    resolved: Mapping[str, Any] = definitions[name] if name else schema
    return resolved
