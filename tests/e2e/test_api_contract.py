"""An HTTP API keeps its OpenAPI document, whatever Schemathesis makes up from it."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from local.customers import Customers
from tests.e2e.support.variants import deployed, deployed_example
from tests.support import documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.support.contract import Report
    from tests.e2e.support.stack import LocalStack


def test_the_api_keeps_its_document(stack: LocalStack, attack: Callable[..., Report]) -> None:
    """Made-up requests get documented answers: valid orders are taken, others refused, and nothing is a 5xx."""
    report = attack(documents.load("docs/openapi.json"), stack.outputs["apiEndpoint"], examples=40)
    report.check("POST /orders", 200, 400)


@pytest.mark.thorough
def test_no_bound_breaks_the_document(stack: LocalStack, attack: Callable[..., Report]) -> None:
    """The same holds at the bounds of every rule, for every method and for other content types."""
    document = documents.load("docs/openapi.json")
    report = attack(document, stack.outputs["apiEndpoint"], examples=150, thoroughly=True)
    report.check("POST /orders", 200, 400, 404, 415)


@pytest.mark.thorough
def test_the_http_platform_keeps_its_document(
    stack: LocalStack, attack: Callable[..., Report]
) -> None:
    """The example with an HTTP API, and with customers who need not be reachable, keeps the document beside it."""
    built = deployed_example(stack.emulator, "http-platform", "contract")
    document = documents.load("examples/openapi.http-platform.json")
    report = attack(document, built.outputs["apiEndpoint"], examples=150, thoroughly=True)
    report.check("POST /orders", 200, 400, 404, 415)


@pytest.mark.thorough
def test_an_api_with_tokens_keeps_its_document(
    stack: LocalStack, attack: Callable[..., Report]
) -> None:
    """With tokens, a customer finds the orders that were made up, and nothing goes without a token."""
    customers = Customers(stack.emulator)
    keys = {"auth": "jwt", "jwt": {"issuer": customers.issuer, "audiences": [customers.audience]}}
    built = deployed(stack.emulator, "contract-tokens", **keys)
    token = customers.token("jane")
    report = attack(
        documents.generate(**keys),
        built.outputs["apiEndpoint"],
        headers={"Authorization": f"Bearer {token}"},
        customer=_subject(token),
        examples=40,
        thoroughly=True,
    )
    report.check("POST /orders", 200, 400, 401)
    report.check("GET /orders/{orderId}", 200, 401, 404)
    report.check("GET /customers/{customerId}/orders", 200, 400, 401)


def _subject(token: str) -> str:
    """The customer that a token names."""
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return str(claims["sub"])
