"""The page "API": it shows the stack's operations and sends what the form holds."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from local.calls import Caller
from tests.local.console.api import serving_api
from tooling.sample_order import SAMPLE_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local.console.api import FakeApi
    from tests.local.console.support import Browser, FakeDeployment


@pytest.fixture
def api(deployment: FakeDeployment) -> Iterator[FakeApi]:
    """The deployed API of a stack with API keys."""
    _configure(deployment, gateway="rest", auth="apiKey", apiKeys='["shop"]')
    with serving_api() as api:
        deployment.caller = Caller(url=f"{api.url}/orders", headers={"X-Api-Key": "key"})
        deployment.outputs["apiEndpoint"] = api.url
        yield api


def _configure(deployment: FakeDeployment, **config: str) -> None:
    settings = deployment.settings
    own = {f"{settings.project}:{key}": value for key, value in config.items()}
    deployment.settings = dataclasses.replace(settings, config=own)


def _post(browser: Browser, operation: str, **fields: Any) -> str:
    named = {name.replace("__", ":").replace("_", "-"): each for name, each in fields.items()}
    return browser.post(f"/api/{operation}", **named).text


def test_the_form_has_the_example(browser: Browser, api: FakeApi) -> None:
    """The first operation is shown with its example body, its fields and its responses."""
    page = browser.get("/api").text
    assert "&#34;customerId&#34;: &#34;CUST-12345&#34;" in page
    assert "The idempotency key or <code>orderId</code> was already used" in page
    assert 'href="/api/readOrder"' in page
    assert api.received == []


def test_the_form_is_sent(browser: Browser, api: FakeApi) -> None:
    """Parameters, the body and the credentials are sent; the response and the form are shown."""
    api.respond(409, {"error": "Conflict"}, X_Request_Id="request-1")
    body = json.dumps({**SAMPLE_ORDER, "notes": "a\nb"}, indent=2).replace("\n", "\r\n")
    page = _post(
        browser, "submitOrder", parameter__Idempotency_Key="key-1", body=body, credentials="on"
    )
    (request,) = api.received
    assert (request.method, request.path, request.key) == ("POST", "/orders", "key-1")
    assert request.body == body.replace("\r\n", "\n")
    assert request.headers["X-Api-Key"] == "key"
    assert "409 Conflict" in page
    assert "request-1" in page
    assert 'value="key-1"' in page
    assert "checked" in page


def test_credentials_can_be_left_out(browser: Browser, api: FakeApi) -> None:
    """Without the check mark the request has no credentials, and the check mark stays away."""
    page = _post(browser, "submitOrder", body="{}")
    assert "X-Api-Key" not in api.received[0].headers
    assert "checked" not in page


def test_a_path_parameter_is_in_the_path(browser: Browser, api: FakeApi) -> None:
    """An order is read by the ID in the form."""
    _post(browser, "readOrder", parameter__orderId="order 1")
    assert (api.received[0].method, api.received[0].path) == ("GET", "/orders/order%201")


@pytest.mark.parametrize("value", ["ü", "a\nX-Other: b"])
def test_an_impossible_header_is_no_error(browser: Browser, api: FakeApi, value: str) -> None:
    """A value that no header can have is not sent, and the page says so."""
    page = _post(browser, "submitOrder", parameter__Idempotency_Key=value, body="{}")
    assert "No response:" in page
    assert api.received == []


def test_an_unknown_operation_is_not_found(browser: Browser) -> None:
    """The page names the operation that the API does not have."""
    page = browser.get("/api/deleteOrder")
    assert page.status_code == 404
    assert "The API has no operation &#39;deleteOrder&#39;." in page.text


def test_the_customer_of_a_token_is_not_named_again(
    browser: Browser, deployment: FakeDeployment
) -> None:
    """With tokens, the example leaves the customer ID to the token."""
    jwt = {"issuer": "https://issuer.example.com", "audiences": ["shop"]}
    _configure(deployment, auth="jwt", jwt=json.dumps(jwt))
    page = browser.get("/api").text
    assert "customerName" in page
    assert "CUST-12345" not in page
