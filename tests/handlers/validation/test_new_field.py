"""Tests: a new field of the request model is stored, read and documented without another edit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from handlers.order.order import INTERNAL_ATTRIBUTES
from handlers.validation.model import AnonymousOrderRequest
from tests.support.project_copy import copy_project, run_python
from tests.support.requests import an_order
from tooling.root import ROOT

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.support.mock_account import MockAccount

_MODEL = "handlers/validation/model.py"
_FIELD = '    seasonal_note: ShortText | None = Field(None, description="A seasonal note.")\n'
_BESIDE = '    notes: Lines | None = Field(None, description="Free-text notes.")\n'

# Sends an order with the field through a copy of the project: lookups return the field, also
# from an order that the processor stored, and documents and gateway models have it.
_SCRIPT = """
import json
from handlers.lookup import responses
from handlers.lookup.query import Page
from handlers.validation.model import OrderRequest
from handlers.validation.validator import request_validator
from handlers.order.order import Order
from handlers.processor.message import queued_order
from handlers.common import aws, exact_json
from infra.gateway.rest.request_models import json_schema
from tests.support import documents
from tests.support.requests import an_order

body = exact_json.loads(json.dumps(an_order(seasonalNote="Enjoy")))
request = request_validator("required").validate_python(body)
record = Order.from_request(
    request, idempotency_key=None, request_id="req-1", correlation_id="req-1", retention_days=90
).record
queued = queued_order(exact_json.dumps(record)).record
stored = aws.from_attributes(aws.to_attributes(queued))
page = responses.orders(Page(orders=[stored], last=None))
schemas = documents.generate(auth="iam")["components"]["schemas"]
print(json.dumps({
    "GET /orders/{orderId}": responses.order(stored).body["seasonalNote"],
    "GET /customers/{customerId}/orders": page.body["orders"][0]["seasonalNote"],
    "documented": [
        name for name, schema in schemas.items() if "seasonalNote" in schema.get("properties", {})
    ],
    "a REST API's model": "seasonalNote" in json_schema(OrderRequest)["properties"],
}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project."""
    return copy_project(tmp_path_factory.mktemp("project"))


def _add(copy: Path, line: str) -> None:
    model = (ROOT / _MODEL).read_text(encoding="utf-8")
    assert model.count(_BESIDE) == 1
    (copy / _MODEL).write_text(model.replace(_BESIDE, _BESIDE + line), encoding="utf-8")


def _python(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_python(copy, *arguments, timeout_seconds=120)


@pytest.mark.slow
def test_new_field_is_everywhere(copy: Path) -> None:
    """A new line in the model is enough for lookups, documents and a REST API's model."""
    _add(copy, _FIELD)

    result = _python(copy, "-c", _SCRIPT)

    assert result.stderr == ""
    assert json.loads(result.stdout) == {
        "GET /orders/{orderId}": "Enjoy",
        "GET /customers/{customerId}/orders": "Enjoy",
        "documented": ["OrderRequest", "ListedOrder", "StoredOrder"],
        "a REST API's model": True,
    }


@pytest.mark.slow
def test_documents_without_the_field_are_stale(copy: Path) -> None:
    """`python -m openapi --check` names stale and leftover documents; `--write` updates them."""
    _add(copy, _FIELD)
    leftover = copy / "examples" / "openapi.removed.json"
    leftover.touch()
    examples = sorted(f"examples/{path.name}" for path in leftover.parent.glob("openapi.*.json"))

    check = _python(copy, "-m", "openapi", "--check")

    assert (check.returncode, check.stdout) == (1, "")
    assert "examples/openapi.removed.json" in examples
    documents = ", ".join(["docs/openapi.json", *examples])
    assert check.stderr == f"Out of date: {documents}; run: make docs\n"
    assert _python(copy, "-m", "openapi", "--write").returncode == 0
    assert _python(copy, "-m", "openapi", "--check").returncode == 0
    assert not leftover.exists()


@pytest.mark.slow
def test_fields_need_a_description(copy: Path) -> None:
    """Without a description, `python -m openapi` names the field and the file in one sentence."""
    _add(copy, "    seasonal_note: ShortText | None = None\n")

    result = _python(copy, "-m", "openapi", "--write")

    assert (result.returncode, result.stdout) == (1, "")
    (sentence,) = result.stderr.splitlines()
    assert "'OrderRequest.seasonalNote'" in sentence
    assert "handlers/validation/model.py" in sentence


def test_every_attribute_is_for_clients_or_internal(account: MockAccount) -> None:
    """A stored order has fields of the model, `status`, `createdAt` and internal attributes."""
    fields = {field.alias for field in AnonymousOrderRequest.model_fields.values()}
    account.post(
        an_order(
            notes="n", priority="high", shippingAddress={"city": "S"}, billingAddress={"a": "b"}
        )
    )

    (stored,) = account.orders()
    assert set(stored) - fields - INTERNAL_ATTRIBUTES == {"status", "createdAt"}
    assert set(stored) >= INTERNAL_ATTRIBUTES
    assert not INTERNAL_ATTRIBUTES & (fields | {"status", "createdAt"})
