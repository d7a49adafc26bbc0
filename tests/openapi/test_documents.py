"""Tests: the OpenAPI documents conform to OpenAPI 3.1, and `python -m openapi` generates them."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.definitions import OPENAPI_31
from typer.testing import CliRunner

from openapi import files, request_schemas
from openapi.__main__ import app
from openapi.document import text
from tests.support import documents
from tests.support.stacks import EXAMPLES, PRESETS, SHIPPED
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.documents import Document

# Pydantic would pass on a keyword that JSON Schema does not have.
_KEYWORDS = {
    *Draft202012Validator.VALIDATORS,
    "title",
    "description",
    "default",
    request_schemas.DECIMAL_PLACES,
}
_FILES = (
    "docs/openapi.json",
    *(f"examples/openapi.{name}.json" for name in (*EXAMPLES, *PRESETS)),
)
_WITH_AUTHORIZATION: dict[str, dict[str, Any]] = {
    "API keys": {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app"]},
    "JWT": {
        "auth": "jwt",
        "jwt": {"issuer": "https://login.example.com", "audiences": ["shop"]},
    },
    "IAM": {"auth": "iam"},
    "IAM of a REST API": {"gateway": "rest", "auth": "iam"},
    "queued, with API keys": {
        "gateway": "rest",
        "auth": "apiKey",
        "apiKeys": ["app"],
        "ingestion": "queued",
    },
}


@functools.cache
def _files() -> dict[str, str]:
    return {path.relative_to(ROOT).as_posix(): text for path, text in files.documents().items()}


@pytest.fixture(scope="module", params=[*_FILES, *_WITH_AUTHORIZATION])
def document(request: pytest.FixtureRequest) -> Document:
    """Each document in turn."""
    if request.param in _WITH_AUTHORIZATION:
        return documents.generate(**_WITH_AUTHORIZATION[request.param])
    content: Document = json.loads(_files()[request.param])
    return content


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a value, at any depth."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _objects(each)


def _values(value: Any, key: str) -> Iterator[Any]:
    return (each[key] for each in _objects(value) if key in each)


def _schemas(document: Document) -> Iterator[dict[str, Any]]:
    """Every schema of a document, at any depth."""
    todo = [*document["components"]["schemas"].values(), *_values(document, "schema")]
    while todo:
        schema = todo.pop()
        yield schema
        todo += [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
        todo += [schema[key] for key in ("items", "propertyNames") if key in schema]
        todo += [each for each in (schema.get("additionalProperties"),) if isinstance(each, dict)]


@functools.cache
def _check_schema(text: str) -> None:
    Draft202012Validator.check_schema(json.loads(text))


def test_documents_conform_to_openapi(document: Document) -> None:
    """A document keeps the rules of OpenAPI 3.1, and its schemas those of JSON Schema."""
    assert [error.message for error in Draft202012Validator(OPENAPI_31).iter_errors(document)] == []
    for schema in _schemas(document):
        _check_schema(json.dumps(schema))
        assert set(schema) <= _KEYWORDS


def test_references_and_components_match(document: Document) -> None:
    """Every reference has a component and every component a reference; IDs are unique."""
    components = {
        f"#/components/{kind}/{name}"
        for kind, named in document["components"].items()
        for name in named
    }
    schemes = {
        f"#/components/securitySchemes/{name}"
        for each in _values(document, "security")
        for (name,) in each
    }
    assert set(_values(document, "$ref")) | schemes == components
    ids = [operation["operationId"] for operation in documents.operations(document).values()]
    assert len(ids) == len(set(ids))
    links = [link for links in _values(document, "links") for link in links.values()]
    assert {link["operationId"] for link in links} <= set(ids)


def test_examples_are_valid(document: Document) -> None:
    """Every example in a document is valid by the schema beside it."""
    with_examples = [each for each in _objects(document) if "example" in each]
    assert len(with_examples) > 5
    for each in with_examples:
        validator = documents.validator(document, each["schema"])
        assert list(validator.iter_errors(each["example"])) == []


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_stacks_have_the_documented_operations(name: str) -> None:
    """A shipped stack has the operations of `docs/openapi.json`, and reads if callers are known."""
    document = json.loads(text(files.load_file(SHIPPED[name])))
    reads = {"GET /orders/{orderId}", "GET /customers/{customerId}/orders"}
    assert documents.operations(document).keys() == {
        *documents.operations(json.loads(_files()["docs/openapi.json"])),
        *(() if name in {"dev", "local"} else reads),
    }


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ([], "docs/openapi.json"),
        (["--file", "tests/stacks/Pulumi.dev.yaml"], "docs/openapi.json"),
        (["--file", "examples/Pulumi.queue-first.yaml"], "examples/openapi.queue-first.json"),
    ],
)
def test_command_prints_a_document(options: list[str], path: str) -> None:
    """The command prints the document of the stack file, or of the default configuration."""
    assert CliRunner().invoke(app, options).stdout == _files()[path]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (None, "There is no file Pulumi.shop.yaml in"),
        ("{emailFrom: a@example.com, gatway: rest}", "did you mean 'gateway'?"),
        ("{emailFrom: a@example.com, auth: jwt}", "jwt.issuer"),
    ],
)
def test_errors_are_one_sentence(tmp_path: Path, config: str | None, sentence: str) -> None:
    """A missing or wrong stack file ends the command with a sentence and exit code 1."""
    path = tmp_path / "Pulumi.shop.yaml"
    if config:
        path.write_text(f"config: {config}", encoding="utf-8")
    result = CliRunner().invoke(app, ["--file", str(path)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert sentence in result.stderr


@pytest.mark.parametrize(
    ("path", "promise"),
    [
        ("/orders/{orderId}", "strongly consistent"),
        ("/customers/{customerId}/orders", "eventually consistent"),
    ],
)
def test_reads_document_their_consistency(path: str, promise: str) -> None:
    """A client reads in the document whether a new order can be missing."""
    assert promise in documents.generate(auth="iam")["paths"][path]["get"]["description"]


def test_documents_state_that_the_status_is_constant() -> None:
    """A client reads in the document that polling for another status is useless."""
    schemas = documents.generate(auth="iam")["components"]["schemas"]
    assert "never changes" in schemas["StoredOrder"]["properties"]["status"]["description"]


def test_documents_bound_the_number_of_errors() -> None:
    """The document states how many violations a response contains at most."""
    errors = documents.generate()["components"]["schemas"]["Refused"]["properties"]["errors"]
    assert (errors["minItems"], errors["maxItems"]) == (1, 101)
