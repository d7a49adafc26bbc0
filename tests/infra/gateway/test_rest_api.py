"""What REST APIs alone have: deployments that follow every change, logs of their own, an account's role, sources."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from tests.infra.support.features import CERTIFICATE, full
from tests.infra.support.gateways import (
    RESTS,
    Front,
    access_log_fields,
    api,
    front_door,
    methods,
    rest,
    stage,
)
from tests.infra.support.policies import Statement, statements

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph

_RANGES = '["192.0.2.0/24","2001:db8::/32"]'

# What a deployment takes a copy of.
_PARTS = (
    *(
        aws.apigateway.RestApi,
        aws.apigateway.Resource,
        aws.apigateway.Method,
        aws.apigateway.Integration,
    ),
    *(aws.apigateway.MethodResponse, aws.apigateway.IntegrationResponse, aws.apigateway.Response),
    *(aws.apigateway.Model, aws.apigateway.RequestValidator),
)


# Keys that differ from their defaults, and of which a deployment takes no copy.
_NO_PARTS = {
    "throttling": '{"rateLimit":7}',
    "logRetentionDays": "14",
    "executionLogLevel": "INFO",
    "tracing": "false",
    "logLevel": "ERROR",
}


@pytest.fixture(params=RESTS, ids="-".join)
def graph(request: pytest.FixtureRequest) -> Graph:
    """A REST API for each kind of callers, in turn."""
    front: Front = request.param
    return front_door(front)


def _digest(graph: Graph) -> Any:
    (deployment,) = graph.all(aws.apigateway.Deployment)
    return deployment["triggers"]


def test_the_api_is_regional(graph: Graph) -> None:
    """The API is reached in its region, and takes API keys from a header."""
    assert api(graph)["endpointConfiguration"] == {"types": "REGIONAL"}
    assert api(graph)["apiKeySource"] == "HEADER"
    assert api(graph)["name"] == f"{graph.prefix}api"


def test_every_path_is_created_once(graph: Graph) -> None:
    """Paths share what they have in common: no resource has two children of one name."""
    places = [(each["parentId"], each["pathPart"]) for each in graph.all(aws.apigateway.Resource)]
    assert len(places) == len(set(places))


def test_bodies_are_looked_at_where_clients_send_some(graph: Graph) -> None:
    """Every `POST` has the validator and the model, and no other method has; parameters are the functions' business."""
    (validator,), (model,) = (
        graph.all(aws.apigateway.RequestValidator),
        graph.all(aws.apigateway.Model),
    )
    assert (validator["validateRequestBody"], validator["validateRequestParameters"]) == (
        True,
        False,
    )
    assert model["contentType"] == "application/json"
    for method in methods(graph):
        checks = (method.inputs.get("requestValidatorId"), method.inputs.get("requestModels"))
        expected = (validator.outputs["id"], {"application/json": model["name"]})
        assert checks == (expected if method["httpMethod"] == "POST" else (None, None)), method


def test_the_deployment_holds_every_part(graph: Graph) -> None:
    """The deployment follows everything that it takes a copy of."""
    (deployment,) = graph.all(aws.apigateway.Deployment)
    assert stage(graph)["deployment"] == deployment.outputs["id"]
    for kind in _PARTS:
        assert {part.urn for part in graph.all(kind)} <= deployment.depends_on, kind


@pytest.mark.parametrize(
    "changed",
    [
        {"corsOrigins": "[]"},
        {"corsOrigins": '["https://a.shop-orders.net"]'},
        {"corsOrigins": '["https://a.shop-orders.net","https://b.shop-orders.net"]'},
        {"contact": "optional"},
        {"ingestion": "queued"},
        {"allowedIpRanges": _RANGES},
        {"domain": json.dumps({"name": "api.shop-orders.net", "certificateArn": CERTIFICATE})},
    ],
    ids="-".join,
)
def test_a_changed_part_is_deployed(changed: dict[str, str]) -> None:
    """Whatever changes a part makes another deployment, and a preview knows it."""
    assert _digest(rest(**changed)) != _digest(rest())
    before = front_door(Front("rest", "none"), preview=True, **changed)
    assert _digest(before) == _digest(rest(**changed))


def test_each_kind_of_callers_is_a_deployment_of_its_own() -> None:
    """Another way to tell callers apart reaches clients."""
    assert len({str(_digest(front_door(front))) for front in RESTS}) == len(RESTS)


@pytest.mark.parametrize("ranges", ['["192.0.2.0/24"]', '["192.0.2.0/25"]'])
def test_another_range_is_deployed(ranges: str) -> None:
    """A changed range reaches clients."""
    assert _digest(rest(allowedIpRanges=ranges)) != _digest(rest(allowedIpRanges=_RANGES))


def test_what_is_no_part_deploys_nothing() -> None:
    """The stage's settings, and the functions', take effect without another deployment."""
    assert _digest(rest(**_NO_PARTS)) == _digest(rest())


def test_the_stage_is_named_after_the_stack(graph: Graph) -> None:
    """The stage has the stack's name, and traces as the stack says."""
    assert stage(graph)["stageName"] == graph.stackfile.stack
    assert stage(graph)["xrayTracingEnabled"] is True
    assert stage(rest(**_NO_PARTS))["xrayTracingEnabled"] is False


def test_requests_are_counted_and_their_bodies_never_logged(graph: Graph) -> None:
    """Each method has figures of its own, and the execution log is without what clients send."""
    (settled,) = graph.all(aws.apigateway.MethodSettings)
    assert (settled["methodPath"], settled["stageName"]) == ("*/*", graph.stackfile.stack)
    assert settled["settings"]["metricsEnabled"] is True
    assert settled["settings"]["dataTraceEnabled"] is False
    assert settled["settings"]["loggingLevel"] == "ERROR"


@pytest.mark.parametrize(
    ("config", "level"),
    [
        ({"executionLogLevel": "OFF"}, "OFF"),
        ({"executionLogLevel": "ERROR"}, "ERROR"),
        (_NO_PARTS, "INFO"),
    ],
)
def test_the_stack_decides_what_is_logged(config: dict[str, str], level: str) -> None:
    """The execution log's level is the stack's."""
    (settled,) = rest(**config).all(aws.apigateway.MethodSettings)
    assert settled["settings"]["loggingLevel"] == level


def test_the_access_log_has_the_id_that_clients_cannot_choose(graph: Graph) -> None:
    """Beside the request's ID, which a client may give, a line has the one that API Gateway makes up."""
    assert access_log_fields(graph)["extendedRequestId"] == "$context.extendedRequestId"


def test_the_execution_log_expires(graph: Graph) -> None:
    """The log group that API Gateway writes to is there before the stage, and kept for as long as all others."""
    name = f"API-Gateway-Execution-Logs_{api(graph).outputs['id']}/{graph.stackfile.stack}"
    (group,) = (each for each in graph.all(aws.cloudwatch.LogGroup) if each["name"] == name)
    assert group["retentionInDays"] == graph.config("logRetentionDays")
    assert group.urn in stage(graph).depends_on


def test_the_gateways_logs_are_encrypted_with_the_stacks_key() -> None:
    """Where the stack has a key of its own, both logs of the gateway are encrypted with it."""
    graph = rest(encryption="customer")
    (key,) = graph.all(aws.kms.Key)
    logs = [each for each in graph.all(aws.cloudwatch.LogGroup) if "api" in each["name"].lower()]
    assert len(logs) == 2
    assert {log["kmsKeyId"] for log in logs} == {key.arn}


def test_api_gateway_may_log_for_the_whole_account(graph: Graph) -> None:
    """The account's role lets API Gateway write logs and nothing else, and is there before the stage."""
    (account,) = graph.all(aws.apigateway.Account)
    role = graph.by_arn(account["cloudwatchRoleArn"])
    (attachment,) = graph.all(aws.iam.RolePolicyAttachment)
    (trust,) = statements(role, "assumeRolePolicy")
    assert trust.principal == {"Service": "apigateway.amazonaws.com"}
    assert attachment["role"] == role["name"]
    assert attachment["policyArn"].endswith(
        ":policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    )
    assert attachment.urn in account.depends_on
    assert account.urn in stage(graph).depends_on


def test_what_the_account_has_once_outlives_the_stack(graph: Graph) -> None:
    """Destroying the stack leaves the account's role: other APIs may write logs with it."""
    kept = {resource.type for resource in graph.resources if resource.outlives_the_stack}
    assert kept == {
        "aws:apigateway/account:Account",
        "aws:iam/role:Role",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    }


def test_a_stack_that_comes_back_finds_no_role_of_its_name() -> None:
    """The role that stays behind is named after the API, which is another one for the stack's next life."""
    graph = rest()
    (account,) = graph.all(aws.apigateway.Account)
    assert (
        graph.by_arn(account["cloudwatchRoleArn"])["name"]
        == f"{graph.prefix}api-logs-{api(graph).outputs['id']}"
    )


def test_an_account_that_has_a_role_keeps_it() -> None:
    """With `apiGatewayAccountRole` false the stack leaves the account as it is."""
    graph = rest(apiGatewayAccountRole="false")
    assert not [
        each
        for each in graph.resources
        if each.type.startswith(("aws:apigateway/account:", "aws:iam/rolePo"))
        and each.outlives_the_stack
    ]
    assert not [each for each in graph.resources if each.type == "aws:apigateway/account:Account"]


def _sources(graph: Graph) -> list[Statement]:
    (policy,) = graph.all(aws.apigateway.RestApiPolicy)
    (deployment,) = graph.all(aws.apigateway.Deployment)
    assert policy["restApiId"] == api(graph).outputs["id"]
    assert policy.urn in deployment.depends_on
    found = statements(policy)
    assert all((each.principal, each.actions) == ("*", {"execute-api:Invoke"}) for each in found)
    return found


def _of(graph: Graph, effect: str, what: str, condition: str) -> Statement:
    """The statement about a part of the API, and the addresses of the ranges."""
    return Statement(
        effect=effect,
        actions=frozenset({"execute-api:Invoke"}),
        resources=frozenset({api(graph).outputs["executionArn"] + what}),
        principal="*",
        condition={condition: {"aws:SourceIp": json.loads(_RANGES)}},
    )


@pytest.mark.parametrize("auth", ["none", "apiKey"])
def test_requests_from_elsewhere_are_refused(auth: str) -> None:
    """With `allowedIpRanges` these are let in, and without an identity nobody is who is not."""
    graph = rest(auth, allowedIpRanges=_RANGES)
    assert _sources(graph) == [_of(graph, "Allow", "/*", "IpAddress")]


def test_an_address_is_no_signature() -> None:
    """With IAM all others are denied, and who is within the ranges is only allowed what browsers ask beforehand."""
    graph = rest("iam", allowedIpRanges=_RANGES)
    denied, allowed = (("Deny", "/*", "NotIpAddress"), ("Allow", "/*/OPTIONS/*", "IpAddress"))
    assert _sources(graph) == [_of(graph, *denied), _of(graph, *allowed)]


def test_without_ranges_there_is_no_policy(graph: Graph) -> None:
    """A stack that names no ranges takes requests from everywhere."""
    assert not [
        each
        for each in graph.resources
        if each.type == "aws:apigateway/restApiPolicy:RestApiPolicy"
    ]


def test_every_client_has_a_key_and_limits_of_its_own() -> None:
    """Each name gets a key, and the plan gives each key the stack's limits for the stage."""
    graph = rest("apiKey", throttling='{"rateLimit":7,"burstLimit":9}')
    (plan,) = graph.all(aws.apigateway.UsagePlan)
    assert plan["throttleSettings"] == {"rateLimit": 7, "burstLimit": 9}
    assert plan["apiStages"] == [
        {"apiId": api(graph).outputs["id"], "stage": graph.stackfile.stack}
    ]
    keys = {key.outputs["id"]: key["name"] for key in graph.all(aws.apigateway.ApiKey)}
    assert set(keys.values()) == {f"{graph.prefix}mobile-app", f"{graph.prefix}web-shop"}
    links = graph.all(aws.apigateway.UsagePlanKey)
    assert {link["keyId"] for link in links} == keys.keys()
    assert {(link["keyType"], link["usagePlanId"]) for link in links} == {
        ("API_KEY", plan.outputs["id"])
    }


def test_keys_are_told_by_client_and_only_to_who_asks_for_secrets() -> None:
    """The output `apiKeys` holds each client's key, as a secret; stacks without keys have no such output."""
    graph = rest("apiKey")
    values = {
        key["name"].removeprefix(graph.prefix): key.outputs["value"]
        for key in graph.all(aws.apigateway.ApiKey)
    }
    assert graph.outputs["apiKeys"] == values
    assert graph.outputs["secrets"] == {"apiKeys": True}
    assert "apiKeys" not in rest().outputs


def test_the_stack_has_the_keys_of_its_front_door() -> None:
    """The outputs of the whole stack hold the keys as well."""
    graph = full("queued")
    assert graph.outputs["apiKeys"] == {"shop": f"{graph.prefix}shop-value"}
