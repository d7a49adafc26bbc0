"""The request of the smoke test: credentials of each `auth`, its URL and its recipient."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber

from release.smoke.api import SIMULATOR
from release.smoke.runner import run
from tests.release.smoke.stacks import (
    DIRECT,
    FAST,
    TOKEN,
    items,
    names,
    stack_of,
)
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderctl.stack import Stack
    from tests.release.smoke.api_server import ApiServer


@contextlib.contextmanager
def _with_keys(api: ApiServer, *keys: str) -> Iterator[Stack]:
    """A stack whose API has a usage plan with these keys, beside a plan of another API."""
    target = stack_of(api, auth="apiKey", apiId="own", apiKeys="[secret]")
    gateway = target.client("sts").meta  # as a client of the same region
    client = boto3.client("apigateway", region_name=gateway.region_name)
    with Stubber(client) as stub:
        plans = [
            {"id": f"plan-{api_id}", "apiStages": [{"apiId": api_id, "stage": "prod"}]}
            for api_id in ("another", "own")
        ]
        stub.add_response("get_usage_plans", {"items": plans}, {})
        items = [{"id": f"id-of-{key}"} for key in keys]
        stub.add_response("get_usage_plan_keys", {"items": items}, {"usagePlanId": "plan-own"})
        for key in keys[:1]:
            parameters = {"apiKey": f"id-of-{key}", "includeValue": True}
            stub.add_response("get_api_key", {"value": key}, parameters)
        yield replace(
            target,
            client=lambda name: client if name == "apigateway" else api.operator.stack.client(name),
        )


def test_an_api_key_is_read_from_api_gateway(api: ApiServer) -> None:
    """With `auth: apiKey` the request has the first key of this API's usage plan."""
    with _with_keys(api, "first", "second") as target:
        assert names(run(target, FAST)) == DIRECT
    assert {headers["X-Api-Key"] for headers, _ in api.requests} == {"first"}


def test_a_given_api_key_is_used(api: ApiServer) -> None:
    """With `auth: apiKey` and a key as credential, API Gateway is not asked."""
    target = stack_of(api, auth="apiKey", apiId="own")
    assert names(run(target, replace(FAST, credential="given"))) == DIRECT
    assert {headers["X-Api-Key"] for headers, _ in api.requests} == {"given"}


def test_an_api_without_a_key_is_an_error(api: ApiServer) -> None:
    """With `auth: apiKey` and no key in the usage plan, nothing is sent."""
    with (
        _with_keys(api) as target,
        pytest.raises(UserError, match="no usage plan with an API key; use --credentials"),
    ):
        run(target, FAST)
    assert api.requests == []


def test_a_request_is_signed_for_its_region(api: ApiServer) -> None:
    """With `auth: iam` the user's credentials sign for the stack's region."""
    assert names(run(stack_of(api, auth="iam", region="eu-north-1"), FAST)) == DIRECT
    for headers, _ in api.requests:
        assert "Credential=testing/" in headers["Authorization"]
        assert "/eu-north-1/execute-api/aws4_request" in headers["Authorization"]


@pytest.mark.parametrize("auth", ["none", "iam"])
def test_a_domain_name_is_called_at_this_stacks_endpoint(api: ApiServer, auth: str) -> None:
    """The name may lead to another region; the request goes to the stack's, and names the name."""
    target = stack_of(
        api,
        auth=auth,
        ordersUrl="http://api.shop-orders.invalid/orders",
        domainTarget=api.url.removeprefix("http://"),
    )
    assert names(run(target, FAST)) == DIRECT
    assert {headers["Host"] for headers, _ in api.requests} == {"api.shop-orders.invalid"}


def test_a_token_decides_the_customer(api: ApiServer) -> None:
    """With `auth: jwt` the request has the token, and names neither customer nor orderId."""
    target = stack_of(api, auth="jwt")
    assert names(run(target, replace(FAST, credential=TOKEN))) == DIRECT
    for headers, body in api.requests:
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        assert not body.keys() & {"customerId", "orderId"}
    assert not any(items(api.operator).values())


def test_a_missing_token_is_an_error(api: ApiServer) -> None:
    """With `auth: jwt` and no token, nothing is sent, and the exit code is that of wrong usage."""
    with pytest.raises(UserError, match="--credentials") as caught:
        run(stack_of(api, auth="jwt"), FAST)
    assert (caught.value.exit_code, api.requests) == (2, [])


@pytest.mark.parametrize("auth", ["none", "iam"])
def test_credentials_without_effect_are_an_error(api: ApiServer, auth: str) -> None:
    """A token or key that the stack's API does not ask for is a mistake, and not sent."""
    with pytest.raises(UserError, match=f"no effect: the stack's auth is {auth}") as caught:
        run(stack_of(api, auth=auth), replace(FAST, credential=TOKEN))
    assert (caught.value.exit_code, api.requests) == (2, [])


@pytest.mark.parametrize("missing", ["auth", "ordersUrl"])
def test_outputs_of_older_versions_are_an_error(api: ApiServer, missing: str) -> None:
    """Outputs without the authentication or the URL are not guessed."""
    with pytest.raises(UserError, match="deploy this version first"):
        run(stack_of(api, **{missing: None}), FAST)


@pytest.mark.parametrize(
    ("transport", "option", "expected"),
    [
        ("ses", None, SIMULATOR),
        ("smtp", None, "orders@shop.example.com"),
        ("smtp", "ops@shop.example.com", "ops@shop.example.com"),
    ],
)
def test_the_recipient(api: ApiServer, transport: str, option: str | None, expected: str) -> None:
    """The recipient is the option's, else the simulator of SES, else the sender."""
    target = stack_of(api, emailTransport=transport, emailFrom="orders@shop.example.com")
    run(target, replace(FAST, recipient=option))
    assert api.requests[0][1]["customerEmail"] == expected


def test_an_invalid_recipient_is_an_error(api: ApiServer) -> None:
    """A recipient that no mail system delivers to is wrong usage, and not shown."""
    with pytest.raises(UserError, match="--recipient: Must be a valid email address") as caught:
        run(stack_of(api), replace(FAST, recipient="nobody"))
    assert caught.value.exit_code == 2
