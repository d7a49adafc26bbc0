"""Callers with an AWS identity, who sign their requests, at both kinds of gateway."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.e2e.support.local_deployment import (
    Deployment,
    check_curl_line,
    deploy_like_make_local,
    needs_curl,
)
from tests.e2e.support.responses import check_body
from tests.e2e.support.smoke import check_smoke_test
from tests.e2e.support.variants import deploy_variant, stop_workflows
from tests.support.callers import signed, user
from tests.support.requests import sample_order

if TYPE_CHECKING:
    import httpx
    from botocore.credentials import Credentials

    from local.emulator.emulator import Emulator
    from tests.e2e.support.stack import LocalStack

_INVOKE = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}


@pytest.fixture(scope="module")
def http(emulator: Emulator) -> Deployment:
    """A stack with an HTTP API and `auth: iam`."""
    return deploy_like_make_local(emulator, "signed-http", gateway="http", auth="iam")


@pytest.fixture(scope="module")
def rest(emulator: Emulator) -> Deployment:
    """A stack with a REST API and `auth: iam`."""
    return deploy_like_make_local(emulator, "signed-rest", gateway="rest", auth="iam")


@pytest.fixture(scope="module", params=["http", "rest"])
def deployment(request: pytest.FixtureRequest) -> Deployment:
    """Each of the two."""
    either: Deployment = request.getfixturevalue(request.param)
    return either


@pytest.fixture(scope="module")
def with_signatures(deployment: Deployment) -> LocalStack:
    """That stack, in which orders are stored and read, and no more."""
    return stop_workflows(deployment.stack)


# First, because `with_signatures` stops the workflows.
def test_the_smoke_test_signs(http: Deployment) -> None:
    """A smoke test passes with the signature of its AWS credentials."""
    check_smoke_test(http.stack)


@needs_curl
def test_the_curl_line_sends_an_order(deployment: Deployment) -> None:
    """The curl line that `make local` prints signs its request."""
    check_curl_line(deployment)


def test_unsigned_requests_are_refused(with_signatures: LocalStack) -> None:
    """A request without a signature is refused, whether it orders or reads."""
    assert with_signatures.post().status_code == 403
    assert with_signatures.get("/orders/any").status_code == 403


def test_allowed_iam_users_order_and_read(with_signatures: LocalStack) -> None:
    """An IAM user whose policy allows the API orders and reads; one without it is refused."""
    caller, stranger = user(with_signatures.emulator, _INVOKE), user(with_signatures.emulator)
    order_id = _post(with_signatures, caller).json()["orderId"]
    response = _get(with_signatures, order_id, caller)
    assert (response.status_code, response.json()["orderId"]) == (200, order_id)
    assert _post(with_signatures, stranger).status_code == 403
    assert _get(with_signatures, order_id, stranger).status_code == 403


def test_a_key_is_its_principals_own(with_signatures: LocalStack) -> None:
    """Two IAM users who send one idempotency key have an order each."""
    callers = [user(with_signatures.emulator, _INVOKE) for _ in range(2)]
    key = str(uuid4())
    responses = [_post(with_signatures, each, key=key) for each in (*callers, callers[0])]
    first, second, again = (response.json()["orderId"] for response in responses)
    assert first == again != second


def _post(stack: LocalStack, caller: Credentials, *, key: str | None = None) -> httpx.Response:
    body = json.dumps(sample_order())
    return stack.post(
        body, key=key, headers=signed("POST", stack.outputs["ordersUrl"], caller, body)
    )


def _get(stack: LocalStack, order_id: str, caller: Credentials) -> httpx.Response:
    path = f"/orders/{order_id}"
    return stack.get(path, headers=signed("GET", stack.outputs["apiEndpoint"] + path, caller))


def test_unsigned_requests_get_one_message(rest: Deployment) -> None:
    """A REST API refuses every unsigned request alike, and says that the signature is missing."""
    bodies = [check_body(rest.stack.get(path), 403) for path in ("/orders/1", "/nothing")]
    assert len({(body["error"], body["message"]) for body in bodies}) == 1
    assert "signed" in bodies[0]["message"]


def test_an_allowed_address_is_no_signature(emulator: Emulator) -> None:
    """With IAM, an allowed address may send preflights; orders need the caller's policy."""
    rest = {"allowedIpRanges": ["127.0.0.0/8"]}
    here = deploy_variant(emulator, "here", gateway="rest", auth="iam", rest=rest)
    assert here.send("OPTIONS", "/orders/1").status_code == 204
    assert _get(here, "1", user(emulator, _INVOKE)).status_code == 404
    assert _get(here, "1", user(emulator)).status_code == 403
    assert check_body(here.get("/orders/1"), 403)["error"] == "Forbidden"
