"""OpenAPI documents: what is in them, and whether a response conforms to one."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend

from infra import config
from openapi.document import document
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema.protocols import Validator

    Document = Mapping[str, Any]


def _match(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    """Match as ECMAScript does: to Python, a line break may follow `$`."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


# The stubs leave `extend` untyped.
_Validator: Any = extend(Draft202012Validator, {"pattern": _match})  # type: ignore[no-untyped-call]


def generate(**keys: Any) -> Document:
    """The document of a stack with these configuration keys."""
    settings = {"emailFrom": "orders@example.com", **keys}
    values = {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in settings.items()
    }
    return document(config.parse(values))


def load(path: str) -> Document:
    """A document in the repository."""
    content: Document = json.loads((ROOT / path).read_text(encoding="utf-8"))
    return content


def validator(document: Document, schema: Mapping[str, Any]) -> Validator:
    """The validator of a schema in a document."""
    with_components: Validator = _Validator({**schema, "components": document["components"]})
    return with_components


def order_validator(document: Document) -> Validator:
    """The validator of the body of `POST /orders`."""
    content = document["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]
    return validator(document, content["schema"])


def operations(document: Document) -> dict[str, Mapping[str, Any]]:
    """Every operation, by method and path."""
    return {
        f"{method.upper()} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }


def responses(document: Document, operation: str) -> dict[int, Mapping[str, Any]]:
    """The responses to an operation, by status."""
    references = operations(document)[operation]["responses"]
    components = document["components"]["responses"]
    return {
        int(status): components[each["$ref"].rpartition("/")[2]]
        for status, each in references.items()
    }


def mismatches(
    document: Document, operation: str, status: int, headers: Mapping[str, str], body: Any
) -> Iterator[str]:
    """What about a response does not conform to the document."""
    response = responses(document, operation).get(status)
    if response is None:
        yield f"{status} is not documented"
        return
    schema = response["content"]["application/json"]["schema"]
    for error in validator(document, schema).iter_errors(body):
        yield f"{error.json_path}: {error.message}"
    present = {name.lower() for name in headers}
    for name, header in response["headers"].items():
        if header.get("required") and name.lower() not in present:
            yield f"{name} is missing"
