"""REST APIs on the emulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pulumi
import pulumi_aws as aws
import pytest
from botocore.credentials import Credentials

from local.deployment.deployer import deploy
from tests.local.support import gateways, rest_sample, sample
from tests.support import callers

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator.emulator import Emulator

ORDER = {"items": [{"quantity": 1, "note": None, "price": "9.99"}]}

_DENY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "execute-api:Invoke",
                "Resource": "execute-api:/*",
            }
        ],
    }
)


@pytest.fixture(scope="module")
def outputs(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The outputs of the deployed program."""
    folder = tmp_path_factory.mktemp("rest")
    code = gateways.bundle(folder)
    return deploy(
        emulator, sample.stackfile(folder), function=lambda: rest_sample.RestApi(code).deploy()
    )


def _post(outputs: dict[str, Any], body: object) -> httpx.Response:
    return httpx.post(f"{outputs['restUrl']}/orders", json=body, trust_env=False, timeout=30)


def _get(outputs: dict[str, Any], path: str, **headers: str) -> httpx.Response:
    return httpx.get(f"{outputs['restUrl']}{path}", headers=headers, trust_env=False, timeout=30)


def test_a_request_reaches_the_function(outputs: dict[str, Any]) -> None:
    """The stage's URL leads to the function behind its alias."""
    response = _post(outputs, ORDER)
    assert response.headers["X-Function"] == "echo"
    event = response.json()
    assert (event["httpMethod"], event["resource"]) == ("POST", "/orders")
    assert event["requestContext"]["stage"] == "v1"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": [{"quantity": 0}]},
        {"items": [{"quantity": 1, "note": 3}]},
        {"items": [{"quantity": 1, "price": "much"}]},
    ],
)
def test_the_model_refuses(outputs: dict[str, Any], body: object) -> None:
    """A body that breaks the model is refused with the program's gateway response."""
    response = _post(outputs, body)
    assert response.status_code == 400
    assert response.json() == {
        "error": "Invalid request body",
        "requestId": response.headers["X-Request-Id"],
    }
    assert response.headers["Cache-Control"] == "no-store"


def test_an_unknown_path_has_the_programs_status(outputs: dict[str, Any]) -> None:
    """A gateway response replaces the 403."""
    assert _get(outputs, "/nothing").status_code == 404


def test_a_preflight_is_answered_by_the_gateway(outputs: dict[str, Any]) -> None:
    """The mock integration returns its status and headers."""
    response = httpx.options(f"{outputs['restUrl']}/orders", trust_env=False)
    assert response.status_code == 204
    assert response.headers[rest_sample.ALLOW_ORIGIN] == rest_sample.ORIGIN


def test_a_method_needs_an_api_key(outputs: dict[str, Any]) -> None:
    """The status is 403 without the key of the usage plan and 200 with it."""
    assert _get(outputs, "/orders/1").status_code == 403
    assert _get(outputs, "/orders/1", **{"x-api-key": "another" * 4}).status_code == 403
    assert _get(outputs, "/orders/1", **{"x-api-key": outputs["apiKey"]}).status_code == 200


def test_the_keys_value_is_a_secret(outputs: dict[str, Any]) -> None:
    """The outputs mark the API key as secret."""
    assert outputs["apiKeyIsSecret"] is True
    assert outputs["linkedValue"] == outputs["apiKey"]


def test_only_signed_requests_of_the_allowed_reach_a_protected_method(
    emulator: Emulator, outputs: dict[str, Any]
) -> None:
    """A missing, a wrong, and another user's signature are refused."""
    url = f"{outputs['restUrl']}/iam"
    invoke = {
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": f"{outputs['executionArn']}/*/GET/iam",
    }
    allowed = callers.user(emulator, invoke)
    assert httpx.get(url, trust_env=False).status_code == 404
    assert callers.get(url, callers.user(emulator)).status_code == 403
    assert callers.get(url, Credentials(allowed.access_key, "forged")).status_code == 403
    assert (
        callers.get(url, allowed).json()["requestContext"]["identity"]["accessKey"]
        == allowed.access_key
    )


def test_the_stage_has_its_settings(emulator: Emulator, outputs: dict[str, Any]) -> None:
    """The stage has tracing, an access log and limits."""
    stage = emulator.client("apigateway").get_stage(restApiId=outputs["apiId"], stageName="v1")
    assert stage["tracingEnabled"] is True
    assert stage["accessLogSettings"]["format"] == "$context.requestId"
    assert ":log-group:access-" in stage["accessLogSettings"]["destinationArn"]
    settings = stage["methodSettings"]["*/*"]
    assert (settings["metricsEnabled"], settings["loggingLevel"]) == (True, "ERROR")
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (1000.5, 500)


def test_the_api_and_its_usage_plan_have_their_settings(
    emulator: Emulator, outputs: dict[str, Any]
) -> None:
    """The API has its endpoint type, and the usage plan its limits."""
    client = emulator.client("apigateway")
    api = client.get_rest_api(restApiId=outputs["apiId"])
    assert api["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert api["tags"]["project"] == "sample"
    plan = client.get_usage_plan(usagePlanId=outputs["planId"])
    assert plan["throttle"] == {"rateLimit": 100, "burstLimit": 200}


def test_a_resource_policy_a_domain_name_and_the_account(
    emulator: Emulator, tmp_path: Path
) -> None:
    """The resources of REST APIs that the sample program does not use are created too."""
    outputs = deploy(emulator, sample.stackfile(tmp_path), function=_the_rest)
    client, api = emulator.client("apigateway"), outputs["api"]
    assert "Deny" in client.get_rest_api(restApiId=api)["policy"]
    (mapping,) = client.get_base_path_mappings(domainName="rest.example.com")["items"]
    assert mapping["restApiId"] == api
    assert client.get_domain_name(domainName="rest.example.com")["securityPolicy"] == "TLS_1_2"
    assert client.get_account()["cloudwatchRoleArn"] == "arn:aws:iam::000000000000:role/logs"
    assert outputs["regional"].endswith(".amazonaws.com")


def _the_rest() -> None:
    api = aws.apigateway.RestApi("more", endpoint_configuration={"types": "REGIONAL"})
    aws.apigateway.RestApiPolicy("more", rest_api_id=api.id, policy=_DENY)
    name = aws.apigateway.DomainName(
        "more",
        domain_name="rest.example.com",
        regional_certificate_arn="arn:aws:acm:us-east-1:000000000000:certificate/c",
        security_policy="TLS_1_2",
        endpoint_configuration={"types": "REGIONAL"},
    )
    deployment = aws.apigateway.Deployment("more", rest_api=api.id)
    logs = aws.cloudwatch.LogGroup("more")
    stage = aws.apigateway.Stage(
        "more",
        rest_api=api.id,
        deployment=deployment.id,
        stage_name="v1",
        access_log_settings={"destination_arn": logs.arn, "format": "$context.requestId"},
    )
    aws.apigateway.BasePathMapping(
        "more",
        rest_api=api.id,
        stage_name=stage.stage_name,
        domain_name=name.domain_name,
    )
    aws.apigateway.Account("more", cloudwatch_role_arn="arn:aws:iam::000000000000:role/logs")
    pulumi.export("api", api.id)
    pulumi.export("regional", name.regional_domain_name)
