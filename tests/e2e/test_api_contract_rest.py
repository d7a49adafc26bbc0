"""REST APIs keep their OpenAPI documents, whatever requests Schemathesis generates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.support.variants import deploy_example_as, deploy_variant
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
    """Each example with a REST API keeps the document beside it, with either ingestion."""
    outputs = deploy_example_as(stack.emulator, example, "contract").outputs
    document = documents.load(f"examples/openapi.{example}.json")
    report = attack(document, outputs["apiEndpoint"], examples=150, thoroughly=True)
    report.check("POST /orders", accepted, 400, 404, 415)


def test_an_api_with_keys_keeps_its_document(
    stack: LocalStack, attack: Callable[..., Report]
) -> None:
    """With API keys, generated orders are read and listed, and nothing works without a key."""
    auth = {"gateway": "rest", "auth": "apiKey", "apiKeys": ["app"]}
    keys = {**auth, "throttling": {"rateLimit": 1000}}
    outputs = deploy_variant(stack.emulator, "contract-keys", **keys).outputs
    report = attack(
        documents.generate(**keys),
        outputs["apiEndpoint"],
        headers={"X-Api-Key": outputs["apiKeys"]["app"]},
        examples=40,
        thoroughly=True,
    )
    report.check("POST /orders", 200, 400, 403)
    report.check("GET /orders/{orderId}", 200, 403, 404)
    report.check("GET /customers/{customerId}/orders", 200, 400, 403)
