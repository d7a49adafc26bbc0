"""OpenAPI documents: what is in them, and what they say of an answer."""

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


def _pattern(
    _validator: Any, pattern: str, instance: Any, _schema: Any
) -> Iterator[ValidationError]:
    """As the specification has it: to JavaScript's expressions `$` is the end, to Python's a line break may follow."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call] # the stubs' gap


def of(**keys: Any) -> Document:
    """The document of a stack, some of whose configuration keys are not at their defaults."""
    given = {"emailFrom": "orders@example.com", **keys}
    values = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in given.items()
    }
    return document(config.parse(values))


def validator(found: Document, schema: Mapping[str, Any]) -> Validator:
    """What holds a value against a schema of a document."""
    made: Validator = _Validator({**schema, "components": found["components"]})
    return made


def orders(found: Document) -> Validator:
    """What holds a body against the schema of an order."""
    content = found["paths"]["/orders"]["post"]["requestBody"]["content"]["application/json"]
    return validator(found, content["schema"])


def operations(found: Document) -> dict[str, Mapping[str, Any]]:
    """Every operation, by `POST /orders` and its like."""
    methods = {
        f"{method.upper()} {path}": (path, method)
        for path, item in found["paths"].items()
        for method in item
    }
    return {key: found["paths"][path][method] for key, (path, method) in methods.items()}


def responses(found: Document, operation: str) -> dict[int, Mapping[str, Any]]:
    """The answers to an operation, by their statuses."""
    named = operations(found)[operation]["responses"]
    described = found["components"]["responses"]
    return {
        int(status): described[each["$ref"].rpartition("/")[2]] for status, each in named.items()
    }


def complaints(
    found: Document, operation: str, status: int, headers: Mapping[str, str], body: Any
) -> Iterator[str]:
    """What about an answer is not as the document says."""
    response = responses(found, operation).get(status)
    if response is None:
        yield f"{status} is not documented"
        return
    for error in validator(found, response["content"]["application/json"]["schema"]).iter_errors(
        body
    ):
        yield f"{error.json_path}: {error.message}"
    sent = {name.lower(): value for name, value in headers.items()}
    for name, header in response["headers"].items():
        if header.get("required") and name.lower() not in sent:
            yield f"{name} is missing"


def committed(path: str) -> Document:
    """A document as it stands in the repository."""
    found: Document = json.loads((ROOT / path).read_text(encoding="utf-8"))
    return found
