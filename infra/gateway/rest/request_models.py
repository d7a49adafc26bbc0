"""The request validator and the models of a REST API, derived from the functions' models."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pulumi_aws as aws

if TYPE_CHECKING:
    import pulumi
    from pydantic import BaseModel

    from infra.gateway.args import Route

# The only draft that API Gateway supports.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
_DRAFT: Final = "http://json-schema.org/draft-04/schema#"

_SCALARS: Final = ("boolean", "null", "number", "string")
_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "object": ("object",),
    "array": ("array",),
    "null": ("null",),
    "boolean": _SCALARS,
    "integer": _SCALARS,
    "number": _SCALARS,
    "string": _SCALARS,
}


def request_validation(
    name: str,
    api: aws.apigateway.RestApi,
    routes: Sequence[Route],
    opts: pulumi.ResourceOptions,
) -> Mapping[type[BaseModel] | None, Mapping[str, Any]]:
    """Create the request validator and a model for each `body` of the routes.

    Return the arguments of a method by its route's `body`.
    """
    validator = aws.apigateway.RequestValidator(
        f"{name}-body-validator",
        rest_api=api.id,
        name="body",
        validate_request_body=True,
        validate_request_parameters=False,
        opts=opts,
    )
    arguments: dict[type[BaseModel] | None, Mapping[str, Any]] = {None: {}}
    for body in dict.fromkeys(route.body for route in routes if route.body):
        model = aws.apigateway.Model(
            f"{name}-{body.__name__}-model",
            rest_api=api.id,
            name=body.__name__,
            content_type="application/json",
            schema=json.dumps(json_schema(body)),
            opts=opts,
        )
        arguments[body] = {
            "request_models": {"application/json": model.name},
            "request_validator_id": validator.id,
        }
    return arguments


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return where a model accepts objects, arrays and scalars, as a JSON schema.

    Nothing else: the gateway cannot name an invalid field. So the function has to see every
    violation that it can name: a missing field, a long text, a number instead of a text
    (docs/adr/0013). The schema accepts everything that the model accepts.
    """
    schema = model.model_json_schema()
    return {
        "$schema": _DRAFT,
        "title": model.__name__,
        **_structure(schema, schema.get("$defs", {})),
    }


def _structure(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    options = [_resolved(option, definitions) for option in schema.get("anyOf", [schema])]
    if not all(option.get("type") in _TYPES for option in options):
        return {}  # accepts everything
    types = sorted({type_name for option in options for type_name in _TYPES[option["type"]]})
    content = dict(pair for option in options for pair in _content(option, definitions))
    return {"type": types[0] if len(types) == 1 else types, **content}


def _content(
    option: Mapping[str, Any], definitions: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """Yield the keywords for the content of an object or an array, which draft 4 has as well."""
    if "properties" in option:
        yield (
            "properties",
            {name: _structure(value, definitions) for name, value in option["properties"].items()},
        )
    for keyword in ("additionalProperties", "items"):
        if isinstance(option.get(keyword), Mapping):
            yield keyword, _structure(option[keyword], definitions)


def _resolved(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference to a definition."""
    name = schema.get("$ref", "").removeprefix("#/$defs/")
    resolved: Mapping[str, Any] = definitions[name] if name else schema
    return resolved
