"""The operations of an OpenAPI document, as the console's API explorer shows and calls them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from local.calls import Call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_METHODS: Final = ("get", "post", "put", "patch", "delete")
_JSON: Final = "application/json"
_LONGEST_LIST: Final = 5
# The patterns of texts and addresses are longer; descriptions say in words what they mean.
_LONGEST_VALUE: Final = 60
# Rules of a JSON schema, in words.
_RULES: Final[Mapping[str, str]] = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minLength": "length at least {}",
    "maxLength": "length at most {}",
    "minItems": "entries at least {}",
    "maxItems": "entries at most {}",
    "minProperties": "properties at least {}",
    "maxProperties": "properties at most {}",
    "format": "format {}",
    "pattern": "pattern {}",
    "const": "always {}",
    "default": "default {}",
}


@dataclass(frozen=True, kw_only=True)
class Field:
    """A parameter, or a field of a body; `depth` is the number of objects that it is inside of."""

    name: str
    kind: str
    rules: Sequence[str]
    description: str
    is_required: bool
    depth: int = 0


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of an operation; `where` is `path`, `query` or `header`."""

    field: Field
    where: str
    example: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An operation of an API; `example` is a body, if it has one, and `fields` are those of it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: Sequence[Parameter]
    example: str | None
    fields: Sequence[Field]
    responses: Sequence[tuple[str, str]]
    security: Sequence[str]

    def call(self, endpoint: str, values: Mapping[str, str], body: str | None) -> Call:
        """Return the request with the values of parameters; an empty value is left out.

        Args:
            endpoint: The URL of the API.
            values: The values by the name of a parameter.
            body: The body, if the operation has one.
        """
        path, query, headers = self.path, {}, {}
        for parameter in self.parameters:
            name = parameter.field.name
            value = values.get(name, "")
            if parameter.where == "path":
                path = path.replace(f"{{{name}}}", quote(value, safe=""))
            elif value and parameter.where == "query":
                query[name] = value
            elif value:
                headers[name] = value
        if self.example is not None:
            headers["Content-Type"] = _JSON
        url = f"{endpoint}{path}?{urlencode(query)}" if query else f"{endpoint}{path}"
        own_body = body if self.example is not None else None
        return Call(url=url, method=self.method, headers=headers, body=own_body)


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Return the operations of a document, in its order."""
    schemas = _Schemas(document)
    return [
        _operation(schemas, method.upper(), path, item[method])
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]


def _operation(
    schemas: _Schemas, method: str, path: str, operation: Mapping[str, Any]
) -> Operation:
    content = operation.get("requestBody", {}).get("content", {}).get(_JSON)
    responses = {
        status: schemas.resolved(response) for status, response in operation["responses"].items()
    }
    return Operation(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        parameters=[
            Parameter(
                field=schemas.field(
                    each["name"],
                    {"description": each.get("description", ""), **each["schema"]},
                    is_required=each.get("required", False),
                ),
                where=each["in"],
                example=str(each.get("example", "")),
            )
            for each in operation["parameters"]
        ],
        example=json.dumps(content["example"], ensure_ascii=False, indent=2) if content else None,
        fields=list(schemas.fields(content["schema"])) if content else [],
        responses=[(status, response["description"]) for status, response in responses.items()],
        security=[name for requirement in operation.get("security", []) for name in requirement],
    )


class _Schemas:
    """The schemas of a document, in which references are resolved."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolved(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """Return a schema without `$ref` and without the alternative null, which means absent."""
        own = dict(schema)
        if reference := own.pop("$ref", None):
            target: Any = self._document
            for name in reference.removeprefix("#/").split("/"):
                target = target[name]
            return {**self.resolved(target), **own}
        variants = [each for each in own.get("anyOf", []) if each != {"type": "null"}]
        if len(variants) == 1:
            del own["anyOf"]
            return {**self.resolved(variants[0]), **own}
        return own

    def field(
        self, name: str, schema: Mapping[str, Any], *, is_required: bool, depth: int = 0
    ) -> Field:
        """Return a field with its rules in words."""
        resolved = self.resolved(schema)
        return Field(
            name=name,
            kind=self._kind(resolved),
            rules=list(_rules(resolved)),
            description=resolved.get("description", ""),
            is_required=is_required,
            depth=depth,
        )

    def fields(self, schema: Mapping[str, Any], depth: int = 0) -> Iterator[Field]:
        """Yield the fields of an object, each followed by the fields inside of it."""
        resolved = self.resolved(schema)
        for name, each in resolved.get("properties", {}).items():
            is_required = name in resolved.get("required", [])
            yield self.field(name, each, is_required=is_required, depth=depth)
            inner = self.resolved(each)
            yield from self.fields(inner.get("items", inner), depth + 1)

    def _kind(self, schema: Mapping[str, Any]) -> str:
        if schema.get("type") == "array":
            return f"array of {self._kind(self.resolved(schema['items']))}"
        return str(schema.get("type", "any"))


def _rules(schema: Mapping[str, Any]) -> Iterator[str]:
    for keyword, sentence in _RULES.items():
        if keyword in schema and len(str(schema[keyword])) <= _LONGEST_VALUE:
            yield sentence.format(schema[keyword])
    values = [str(value) for value in schema.get("enum", [])]
    if values:
        rest = len(values) - _LONGEST_LIST
        shown = ", ".join(values[:_LONGEST_LIST])
        yield f"one of {shown} and {rest} more" if rest > 0 else f"one of {shown}"
