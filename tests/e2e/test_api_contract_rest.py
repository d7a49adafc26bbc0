"""A REST API keeps its OpenAPI document, whatever Schemathesis makes up from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support.variants import deployed, deployed_example
from tests.support import documents

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.support.contract import Report
    from tests.e2e.support.stack import LocalStack

pytestmark = pytest.mark.thorough


@pytest.mark.parametrize(("example", "accepted"), [("event-driven", 200), ("queue-first", 202)])
def test_examples_keep_their_documents(
    stack: LocalStack, attack: Callable[..., Report], example: str, accepted: int
) -> None:
    """Each example with a REST API keeps the document beside it, whether orders are stored at once or queued."""
    built = deployed_example(stack.emulator, example, "contract")
    document = documents.load(f"examples/openapi.{example}.json")
    report = attack(document, built.outputs["apiEndpoint"], examples=150, thoroughly=True)
    report.check("POST /orders", accepted, 400, 404, 415)


def test_an_api_with_keys_keeps_its_document(
    stack: LocalStack, attack: Callable[..., Report]
) -> None:
    """With API keys, orders that were made up are found by their IDs and in lists, and nothing goes without a key."""
    keys = {
        "gateway": "rest",
        "auth": "apiKey",
        "apiKeys": ["app"],
        "throttling": {"rateLimit": 1000},
    }
    built = deployed(stack.emulator, "contract-keys", **keys)
    credentials = {"X-Api-Key": built.outputs["apiKeys"]["app"]}
    report = attack(
        documents.generate(**keys),
        built.outputs["apiEndpoint"],
        headers=credentials,
        examples=40,
        thoroughly=True,
    )
    report.check("POST /orders", 200, 400, 403)
    report.check("GET /orders/{orderId}", 200, 403, 404)
    report.check("GET /customers/{customerId}/orders", 200, 400, 403)
