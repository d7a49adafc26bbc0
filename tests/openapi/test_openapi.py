"""Tests: the OpenAPI documents are those of the program, and documents by the rules of OpenAPI 3.1."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from schemathesis.specs.openapi.definitions import OPENAPI_31
from typer.testing import CliRunner

from openapi import committed
from openapi.cli import app
from openapi.document import text
from tests.support import documents
from tests.support.stacks import EXAMPLES, SHIPPED
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.documents import Document

_COMMITTED = ["docs/openapi.json", *(f"examples/openapi.{name}.json" for name in EXAMPLES)]

# What the documents' schemas say; pydantic would pass on a word that it does not know.
_KEYWORDS = {
    *(
        "$ref",
        "title",
        "description",
        "default",
        "type",
        "enum",
        "const",
        "format",
        "anyOf",
        "required",
    ),
    *(
        "properties",
        "additionalProperties",
        "propertyNames",
        "maxProperties",
        "minProperties",
        "items",
        "minItems",
        "maxItems",
    ),
    *("minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum"),
}

# Beside those in the repository: stacks whose callers are known.
_JWT = {"issuer": "https://login.example.com", "audiences": ["shop"]}
_KNOWN: dict[str, dict[str, Any]] = {
    "keys": {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app"]},
    "tokens": {"auth": "jwt", "jwt": _JWT},
    "signatures": {"auth": "iam"},
    "signatures to a REST API": {"gateway": "rest", "auth": "iam"},
    "queued, with keys": {
        "gateway": "rest",
        "auth": "apiKey",
        "apiKeys": ["app"],
        "ingestion": "queued",
    },
}


@functools.cache
def _generated() -> dict[str, str]:
    """What the program makes of each committed document's configuration, by its path in the repository."""
    return {path.relative_to(ROOT).as_posix(): text for path, text in committed.documents().items()}


@functools.cache
def _document(name: str) -> Document:
    return documents.of(**_KNOWN[name]) if name in _KNOWN else json.loads(_generated()[name])


@pytest.fixture(params=[*_COMMITTED, *_KNOWN])
def found(request: pytest.FixtureRequest) -> Document:
    """Each document in turn."""
    return _document(request.param)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a value, at any depth."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _objects(each)


def _values(value: Any, key: str) -> Iterator[Any]:
    return (each[key] for each in _objects(value) if key in each)


def _schemas(found: Document) -> Iterator[dict[str, Any]]:
    """Every schema of a document, and those within."""
    todo = [*found["components"]["schemas"].values(), *(each for each in _values(found, "schema"))]
    while todo:
        schema = todo.pop()
        yield schema
        todo += [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
        todo += [schema[key] for key in ("items", "propertyNames") if key in schema]
        todo += [each for each in (schema.get("additionalProperties"),) if isinstance(each, dict)]


@pytest.mark.parametrize("path", _COMMITTED)
def test_the_document_is_of_this_program(path: str) -> None:
    """A committed document is what the program's models and a stack's configuration make of it today."""
    written = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else None
    assert written == _generated()[path], (
        f"{path} is out of date; run: .venv/bin/python -m openapi --write"
    )


def test_every_example_has_a_document_and_nothing_else_does() -> None:
    """The default configuration has a document in docs/, every example one beside it, and none is left over."""
    assert set(_generated()) == set(_COMMITTED)
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (*ROOT.glob("docs/openapi*"), *ROOT.glob("examples/openapi*"))
    }
    assert found == set(_COMMITTED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_stack_has_a_document(name: str) -> None:
    """The API of a shipped stack is that of `docs/openapi.json`, with reading added where callers are known."""
    found = json.loads(text(committed.of_file(SHIPPED[name])))
    reading = (
        {}
        if name in {"dev", "local"}
        else {"GET /orders/{orderId}", "GET /customers/{customerId}/orders"}
    )
    assert documents.operations(found).keys() == {
        *documents.operations(_document("docs/openapi.json")),
        *reading,
    }


def test_a_document_is_openapi(found: Document) -> None:
    """A document keeps the rules of OpenAPI 3.1, and its schemas those of JSON Schema, in no words but theirs."""
    assert [error.message for error in Draft202012Validator(OPENAPI_31).iter_errors(found)] == []
    for schema in _schemas(found):
        _check_schema(json.dumps(schema))
        assert set(schema) <= _KEYWORDS


@functools.cache
def _check_schema(text: str) -> None:
    """Documents share most of their schemas."""
    Draft202012Validator.check_schema(json.loads(text))


def test_a_document_is_whole(found: Document) -> None:
    """References and links lead somewhere, nothing is there to which nothing leads, and operations have own IDs."""
    parts = {
        f"#/components/{kind}/{name}"
        for kind, named in found["components"].items()
        for name in named
    }
    schemes = {
        f"#/components/securitySchemes/{name}"
        for each in _values(found, "security")
        for (name,) in each
    }
    assert set(_values(found, "$ref")) | schemes == parts
    ids = [operation["operationId"] for operation in documents.operations(found).values()]
    assert len(ids) == len(set(ids))
    assert {
        link["operationId"] for links in _values(found, "links") for link in links.values()
    } <= set(ids)


def test_examples_are_examples(found: Document) -> None:
    """Every example in a document is valid by the schema beside it."""
    given = [each for each in _objects(found) if "example" in each]
    assert len(given) > 5
    for each in given:
        assert list(documents.validator(found, each["schema"]).iter_errors(each["example"])) == []


def test_what_clients_send_is_explained(found: Document) -> None:
    """Every field of a request says what it is for."""
    for name in ("OrderRequest", "AnonymousOrderRequest", "OrderItem"):
        fields = found["components"]["schemas"].get(name, {"properties": {}})["properties"]
        assert all(field["description"].endswith(".") for field in fields.values())


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--file", "tests/stacks/Pulumi.dev.yaml"],
        ["--file", "examples/Pulumi.queue-first.yaml"],
    ],
    ids=str,
)
def test_a_document_is_printed(options: list[str]) -> None:
    """The command prints the document of the stack, or of the file, that it is told."""
    path = (
        "examples/openapi.queue-first.json"
        if "queue-first" in str(options)
        else "docs/openapi.json"
    )
    assert CliRunner().invoke(app, options).stdout == _generated()[path]


def test_the_command_is_a_module() -> None:
    """`python -m openapi` is the command."""
    command = [sys.executable, "-m", "openapi"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - ours
    assert done.stdout == _generated()["docs/openapi.json"]


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (None, "There is no file Pulumi.shop.yaml in"),
        ("{emailFrom: a@example.com, gatway: rest}", "did you mean 'gateway'?"),
        ("{emailFrom: a@example.com, auth: jwt}", "jwt.issuer"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(tmp_path: Path, config: str | None, sentence: str) -> None:
    """A file that is not there, or that no stack could have, ends the command with a sentence."""
    path = tmp_path / "Pulumi.shop.yaml"
    if config:
        path.write_text(f"config: {config}", encoding="utf-8")
    done = CliRunner().invoke(app, ["--file", str(path)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert sentence in done.stderr


@pytest.mark.parametrize(
    ("path", "promise"),
    [
        ("/orders/{orderId}", "found as soon as it is stored"),
        ("/customers/{customerId}/orders", "eventually consistent"),
    ],
)
def test_reads_say_how_consistent_they_are(path: str, promise: str) -> None:
    """A client reads in the document whether a new order can be missing."""
    assert promise in documents.of(auth="iam")["paths"][path]["get"]["description"]


def test_the_status_says_that_it_never_changes() -> None:
    """A client reads in the document that there is nothing to poll for."""
    text = json.dumps(documents.of(auth="iam")["components"])
    assert text.count("It never changes") >= 1


def test_the_number_of_errors_is_bounded() -> None:
    """The document says how many violations a response names at most."""
    errors = documents.of()["components"]["schemas"]["Refused"]["properties"]["errors"]
    assert (errors["minItems"], errors["maxItems"]) == (1, 101)
