"""HTTP APIs keep their OpenAPI documents, whatever requests Schemathesis generates.

`test_api_contract_rest.py` has the REST APIs: a file of its own, so that both run side by side.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest

from local.customers import Customers
from tests.e2e.support.variants import deploy_example_as, deploy_variant
from tests.support import documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.support.contract import Report
    from tests.e2e.support.stack import LocalStack


def test_the_api_keeps_its_document(stack: LocalStack, attack: Callable[..., Report]) -> None:
    """Generated requests get documented responses: orders are accepted or refused, no 5xx."""
    report = attack(documents.load("docs/openapi.json"), stack.outputs["apiEndpoint"], examples=40)
    report.check("POST /orders", 200, 400)


@pytest.mark.thorough
def test_no_bound_breaks_the_document(stack: LocalStack, attack: Callable[..., Report]) -> None:
    """The same holds at the bounds of every rule, for every method and other content types."""
    document = documents.load("docs/openapi.json")
    report = attack(document, stack.outputs["apiEndpoint"], examples=150, thoroughly=True)
    report.check("POST /orders", 200, 400, 404, 415)


@pytest.mark.thorough
def test_the_http_platform_keeps_its_document(
    stack: LocalStack, attack: Callable[..., Report]
) -> None:
    """The example with an HTTP API and optional contact data keeps the document beside it."""
    example = deploy_example_as(stack.emulator, "http-platform", "contract")
    document = documents.load("examples/openapi.http-platform.json")
    report = attack(document, example.outputs["apiEndpoint"], examples=150, thoroughly=True)
    report.check("POST /orders", 200, 400, 404, 415)


@pytest.mark.thorough
def test_an_api_with_tokens_keeps_its_document(
    stack: LocalStack, attack: Callable[..., Report]
) -> None:
    """With tokens, a customer reads the generated orders, and nothing works without a token."""
    customers = Customers(stack.emulator.client)
    keys = {"auth": "jwt", "jwt": {"issuer": customers.issuer, "audiences": [customers.audience]}}
    token = customers.token("jane")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    report = attack(
        documents.generate(**keys),
        deploy_variant(stack.emulator, "contract-tokens", **keys).outputs["apiEndpoint"],
        headers={"Authorization": f"Bearer {token}"},
        customer=str(claims["sub"]),
        examples=40,
        thoroughly=True,
    )
    report.check("POST /orders", 200, 400, 401)
    report.check("GET /orders/{orderId}", 200, 401, 404)
    report.check("GET /customers/{customerId}/orders", 200, 400, 401)
