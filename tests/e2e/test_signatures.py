"""Callers with an AWS identity, who sign their requests, at both kinds of gateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.e2e.support.local_deployment import Deployment, deploy_like_make_local, needs_curl, paste
from tests.e2e.support.responses import check_body
from tests.e2e.support.stack import sample_order
from tests.e2e.support.variants import deployed, stop_workflows
from tests.support.callers import signed, user

if TYPE_CHECKING:
    import httpx
    from botocore.credentials import Credentials

    from local.emulator import Emulator
    from tests.e2e.support.stack import LocalStack


@pytest.fixture(scope="module")
def http(emulator: Emulator) -> Deployment:
    """A stack with an HTTP API that asks for signatures."""
    return deploy_like_make_local(emulator, "signed-http", gateway="http", auth="iam")


@pytest.fixture(scope="module")
def rest(emulator: Emulator) -> Deployment:
    """A stack with a REST API that asks for signatures."""
    return deploy_like_make_local(emulator, "signed-rest", gateway="rest", auth="iam")


@pytest.fixture(scope="module", params=["http", "rest"])
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """Each of the two."""
    found: Deployment = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def with_signatures(deployment: Deployment) -> LocalStack:
    """That stack, in which orders are stored and read, and no more."""
    return stop_workflows(deployment.stack)


@needs_curl
def test_the_curl_line_sends_an_order(deployment: Deployment, with_signatures: LocalStack) -> None:
    """Pasted into a shell, the line that `make local` prints signs its request, and does not show the secret key."""
    assert paste(deployment.caller.curl)["totalAmount"] == 109.97
    assert with_signatures.emulator.key.secret_access_key not in deployment.caller.curl


def test_unsigned_requests_are_refused(with_signatures: LocalStack) -> None:
    """A request without a signature is refused, whether it orders or reads."""
    assert with_signatures.post().status_code == 403
    assert with_signatures.get("/orders/any").status_code == 403


def test_who_may_invoke_the_api_orders_and_reads(with_signatures: LocalStack) -> None:
    """An IAM user whose policy allows the API orders and reads; one whose policy does not is refused."""
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    friend = user(with_signatures.emulator, allowed)
    order_id = _post_signed(with_signatures, friend).json()["orderId"]
    path = f"/orders/{order_id}"
    url = with_signatures.outputs["apiEndpoint"] + path
    answer = with_signatures.get(path, headers=signed("GET", url, friend))
    assert (answer.status_code, answer.json()["orderId"]) == (200, order_id)

    stranger = user(with_signatures.emulator)
    assert _post_signed(with_signatures, stranger).status_code == 403
    assert with_signatures.get(path, headers=signed("GET", url, stranger)).status_code == 403


def test_a_key_is_its_principals_own(with_signatures: LocalStack) -> None:
    """Two IAM users who send one idempotency key have an order each."""
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    users, key = [user(with_signatures.emulator, allowed) for _ in range(2)], str(uuid4())
    answers = [_post_signed(with_signatures, each, key=key) for each in (*users, users[0])]
    first, second, again = (answer.json()["orderId"] for answer in answers)
    assert first == again != second


def _post_signed(
    stack: LocalStack, credentials: Credentials, *, key: str | None = None
) -> httpx.Response:
    body = json.dumps(sample_order())
    headers = {
        **signed("POST", stack.outputs["ordersUrl"], credentials, body),
        "Content-Type": "application/json",
    }
    if key:
        headers["Idempotency-Key"] = key
    return stack.send("POST", "/orders", content=body, headers=headers)


def test_a_request_without_a_signature_is_told_so(rest: Deployment) -> None:
    """A REST API shows neither paths nor their absence to who does not sign, and says what is missing."""
    bodies = [check_body(rest.stack.get(path), 403) for path in ("/orders/1", "/nothing")]
    assert len({(body["error"], body["message"]) for body in bodies}) == 1
    assert "signed" in bodies[0]["message"]


def test_an_allowed_address_is_no_signature(emulator: Emulator) -> None:
    """With IAM, an address within the ranges lets browsers ask, and nobody order whose own policy does not."""
    here = deployed(emulator, "here", gateway="rest", auth="iam", allowedIpRanges=["127.0.0.0/8"])
    invoke = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    url = here.outputs["apiEndpoint"] + "/orders/1"
    assert here.send("OPTIONS", "/orders/1").status_code == 204
    for caller, status in ((user(emulator, invoke), 404), (user(emulator), 403)):
        assert here.get("/orders/1", headers=signed("GET", url, caller)).status_code == status
    assert check_body(here.get("/orders/1"), 403)["error"] == "Forbidden"
