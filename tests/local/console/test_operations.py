"""The operations of an OpenAPI document: fields with their rules, and requests."""

from __future__ import annotations

import json

import pytest

from infra import config
from local.console.operations import Operation, operations
from openapi.document import document
from tooling.root import ROOT

_ENDPOINT = "https://api.example.com/stage"
_SHIPPED = sorted([*ROOT.glob("docs/openapi.json"), *ROOT.glob("examples/openapi.*.json")])


def _operations(**keys: str) -> dict[str, Operation]:
    values = {"emailFrom": "orders@example.com", **keys}
    return {each.id: each for each in operations(document(config.parse(values)))}


def _with_lookup() -> dict[str, Operation]:
    return _operations(gateway="rest", auth="iam")


@pytest.mark.parametrize("path", _SHIPPED, ids=lambda path: path.name)
def test_every_operation_of_the_shipped_documents_is_there(path: object) -> None:
    """Each operation has its method and path, and its example as the body of a call."""
    shipped = json.loads(ROOT.joinpath(str(path)).read_text(encoding="utf-8"))
    found = {(each.method.lower(), each.path) for each in operations(shipped)}
    assert found == {(method, path) for path, item in shipped["paths"].items() for method in item}
    for operation in operations(shipped):
        assert (operation.example is None) == (operation.method == "GET")
        assert next(code for code, _ in operation.responses) in {"200", "202"}


def test_fields_have_types_and_rules_in_words() -> None:
    """References, limits and alternatives to null are resolved; inner fields follow their field."""
    fields = {(each.depth, each.name): each for each in _operations()["submitOrder"].fields}
    name, email = fields[0, "customerName"], fields[0, "customerEmail"]
    assert (name.kind, name.is_required, name.rules) == (
        "string",
        True,
        ["length at least 2", "length at most 100"],
    )
    assert email.rules == ["format email"]
    assert fields[0, "items"].kind == "array of object"
    assert fields[1, "quantity"].rules == ["at least 1", "at most 1000"]
    assert fields[1, "price"].rules == ["more than 0", "at most 999999.99"]
    currency = fields[0, "currency"]
    assert not currency.is_required
    assert currency.rules[0] == "default USD"
    assert currency.rules[1].startswith("one of AED, AFN, ALL, AMD, AOA and ")
    assert list(fields).index((0, "items")) + 1 == list(fields).index((1, "productId"))


def test_values_are_at_their_place() -> None:
    """Path and query parameters are encoded, headers are as they are, empty values are left out."""
    listed = _with_lookup()["listOrders"]
    values = {"customerId": "a/b c", "limit": "5", "X-Correlation-Id": "one", "nextToken": ""}
    call = listed.call(_ENDPOINT, values, body="ignored")
    assert call.method == "GET"
    assert call.url == f"{_ENDPOINT}/customers/a%2Fb%20c/orders?limit=5"
    assert (dict(call.headers), call.body) == ({"X-Correlation-Id": "one"}, None)


def test_a_body_is_sent_as_it_is_written() -> None:
    """The explorer also sends what the API refuses."""
    call = _operations()["submitOrder"].call(_ENDPOINT, {"Idempotency-Key": "key"}, body="{no json")
    assert (call.method, call.url, call.body) == ("POST", f"{_ENDPOINT}/orders", "{no json")
    assert dict(call.headers) == {"Idempotency-Key": "key", "Content-Type": "application/json"}


def test_security_is_that_of_the_stack() -> None:
    """An operation names the credentials that it needs."""
    assert _operations()["submitOrder"].security == []
    assert _with_lookup()["readOrder"].security == ["iam"]
