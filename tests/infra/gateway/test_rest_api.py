"""REST APIs: deployment trigger, execution logging, IP allow list, API keys."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pulumi_aws as aws
import pytest

from tests.infra.support.features import CERTIFICATE, full
from tests.infra.support.gateways import (
    REST_VARIANTS,
    Variant,
    access_log_fields,
    api,
    gateway_graph,
    methods,
    rest,
    stage,
)
from tests.infra.support.policies import Statement, statements

if TYPE_CHECKING:
    from tests.infra.support.graph import Graph

_RANGES = ["192.0.2.0/24", "2001:db8::/32"]
_RESTRICTED = json.dumps({"allowedIpRanges": _RANGES})

# What a deployment copies.
_DEPLOYED = (
    *(
        aws.apigateway.RestApi,
        aws.apigateway.Resource,
        aws.apigateway.Method,
        aws.apigateway.Integration,
    ),
    *(aws.apigateway.MethodResponse, aws.apigateway.IntegrationResponse, aws.apigateway.Response),
    *(aws.apigateway.Model, aws.apigateway.RequestValidator),
)


# Keys with other values than the default, of which a deployment copies nothing.
_NOT_DEPLOYED = {
    "throttling": '{"rateLimit":7}',
    "logRetentionDays": "14",
    "rest": '{"executionLogLevel":"INFO"}',
    "traceSampling": "0",
    "logLevel": "ERROR",
}


@pytest.fixture(params=REST_VARIANTS, ids="-".join)
def graph(request: pytest.FixtureRequest) -> Graph:
    """A REST API with each authentication."""
    variant: Variant = request.param
    return gateway_graph(variant)


def _triggers(graph: Graph) -> Any:
    (deployment,) = graph.all(aws.apigateway.Deployment)
    return deployment["triggers"]


def test_the_api_is_regional(graph: Graph) -> None:
    """The API has a regional endpoint, and reads API keys from a header."""
    assert api(graph)["endpointConfiguration"] == {"types": "REGIONAL"}
    assert api(graph)["apiKeySource"] == "HEADER"
    assert api(graph)["name"] == f"{graph.prefix}api"


def test_every_path_has_one_resource(graph: Graph) -> None:
    """No resource has two children of one name."""
    places = [(each["parentId"], each["pathPart"]) for each in graph.all(aws.apigateway.Resource)]
    assert len(places) == len(set(places))


def test_bodies_of_posts_are_validated(graph: Graph) -> None:
    """Every `POST` has the validator and the model, and no other method; parameters have none."""
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


def test_the_deployment_depends_on_everything_that_it_copies(graph: Graph) -> None:
    """The stage's deployment depends on every resource that it copies."""
    (deployment,) = graph.all(aws.apigateway.Deployment)
    assert stage(graph)["deployment"] == deployment.outputs["id"]
    for kind in _DEPLOYED:
        assert {resource.urn for resource in graph.all(kind)} <= deployment.depends_on, kind


@pytest.mark.parametrize(
    "changed",
    [
        {"corsOrigins": "[]"},
        {"corsOrigins": '["https://a.shop-orders.net"]'},
        {"corsOrigins": '["https://a.shop-orders.net","https://b.shop-orders.net"]'},
        {"contact": "optional"},
        {"ingestion": "queued"},
        {"rest": _RESTRICTED},
        {"domain": json.dumps({"name": "api.shop-orders.net", "certificateArn": CERTIFICATE})},
    ],
    ids="-".join,
)
def test_a_changed_input_is_deployed(changed: dict[str, str]) -> None:
    """A changed input of a copied resource replaces the deployment, in a preview as well."""
    assert _triggers(rest(**changed)) != _triggers(rest())
    before = gateway_graph(Variant("rest", "none"), preview=True, **changed)
    assert _triggers(before) == _triggers(rest(**changed))


def test_another_authentication_is_deployed() -> None:
    """A changed `auth` replaces the deployment."""
    assert len({str(_triggers(gateway_graph(variant))) for variant in REST_VARIANTS}) == len(
        REST_VARIANTS
    )


@pytest.mark.parametrize("ranges", [["192.0.2.0/24"], ["192.0.2.0/25"]])
def test_another_range_is_deployed(ranges: list[str]) -> None:
    """A changed IP range replaces the deployment."""
    other = rest(rest=json.dumps({"allowedIpRanges": ranges}))
    assert _triggers(other) != _triggers(rest(rest=_RESTRICTED))


def test_settings_of_the_stage_need_no_deployment() -> None:
    """Settings of the stage and of functions take effect without a deployment."""
    assert _triggers(rest(**_NOT_DEPLOYED)) == _triggers(rest())


def test_the_stage_is_named_after_the_stack(graph: Graph) -> None:
    """The stage has the stack's name and its tracing."""
    assert stage(graph)["stageName"] == graph.stackfile.stack
    assert stage(graph)["xrayTracingEnabled"] is True
    assert stage(rest(**_NOT_DEPLOYED))["xrayTracingEnabled"] is False


def test_methods_have_metrics_and_bodies_are_never_logged(graph: Graph) -> None:
    """Each method has detailed metrics; the execution log holds no bodies."""
    (settings,) = graph.all(aws.apigateway.MethodSettings)
    assert (settings["methodPath"], settings["stageName"]) == ("*/*", graph.stackfile.stack)
    assert settings["settings"]["metricsEnabled"] is True
    assert settings["settings"]["dataTraceEnabled"] is False
    assert settings["settings"]["loggingLevel"] == "ERROR"


@pytest.mark.parametrize(
    ("config", "level"),
    [
        ({"rest": '{"executionLogLevel":"OFF"}'}, "OFF"),
        ({"rest": '{"executionLogLevel":"ERROR"}'}, "ERROR"),
        (_NOT_DEPLOYED, "INFO"),
    ],
)
def test_the_stack_sets_the_execution_log_level(config: dict[str, str], level: str) -> None:
    """`rest.executionLogLevel` is the logging level of every method."""
    (settings,) = rest(**config).all(aws.apigateway.MethodSettings)
    assert settings["settings"]["loggingLevel"] == level


def test_the_access_log_has_the_extended_request_id(graph: Graph) -> None:
    """A client may choose the request ID, but not the extended request ID."""
    assert access_log_fields(graph)["extendedRequestId"] == "$context.extendedRequestId"


def test_the_execution_log_expires(graph: Graph) -> None:
    """The log group exists before the stage, with the retention of all others."""
    name = f"API-Gateway-Execution-Logs_{api(graph).outputs['id']}/{graph.stackfile.stack}"
    (group,) = (each for each in graph.all(aws.cloudwatch.LogGroup) if each["name"] == name)
    assert group["retentionInDays"] == graph.config("logRetentionDays")
    assert group.urn in stage(graph).depends_on


def test_the_gateways_logs_are_encrypted_with_the_stacks_key() -> None:
    """With `encryption: customer`, access log and execution log have the stack's key."""
    graph = rest(encryption="customer")
    (key,) = graph.all(aws.kms.Key)
    logs = [each for each in graph.all(aws.cloudwatch.LogGroup) if "api" in each["name"].lower()]
    assert len(logs) == 2
    assert {log["kmsKeyId"] for log in logs} == {key.arn}


def test_api_gateway_may_log_for_the_whole_account(graph: Graph) -> None:
    """The account's role lets API Gateway write logs, and exists before the stage."""
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


def test_the_accounts_role_is_retained_on_delete(graph: Graph) -> None:
    """The account's role is not deleted with the stack: other APIs may write logs with it."""
    retained = {resource.type for resource in graph.resources if resource.retained}
    assert retained == {
        "aws:apigateway/account:Account",
        "aws:iam/role:Role",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    }


def test_the_accounts_role_is_named_after_the_api() -> None:
    """A stack that is created again does not find the retained role under its own role's name."""
    graph = rest()
    (account,) = graph.all(aws.apigateway.Account)
    assert (
        graph.by_arn(account["cloudwatchRoleArn"])["name"]
        == f"{graph.prefix}api-logs-{api(graph).outputs['id']}"
    )


def test_without_account_role_the_account_is_unchanged() -> None:
    """With `rest.accountRole: false` the stack creates neither account nor role."""
    graph = rest(rest='{"accountRole":false}')
    assert not [
        each
        for each in graph.resources
        if each.type.startswith(("aws:apigateway/account:", "aws:iam/rolePo")) and each.retained
    ]
    assert not [each for each in graph.resources if each.type == "aws:apigateway/account:Account"]


def _policy(graph: Graph) -> list[Statement]:
    (policy,) = graph.all(aws.apigateway.RestApiPolicy)
    (deployment,) = graph.all(aws.apigateway.Deployment)
    assert policy["restApiId"] == api(graph).outputs["id"]
    assert policy.urn in deployment.depends_on
    return statements(policy)


def _statement(graph: Graph, effect: str, resource: str, condition: str) -> Statement:
    """A statement of the policy about the IP ranges."""
    return Statement(
        effect=effect,
        actions=frozenset({"execute-api:Invoke"}),
        resources=frozenset({api(graph).outputs["executionArn"] + resource}),
        principal="*",
        condition={condition: {"aws:SourceIp": _RANGES}},
    )


@pytest.mark.parametrize("auth", ["none", "apiKey"])
def test_only_the_allowed_ip_ranges_may_call(auth: str) -> None:
    """Without IAM, a policy that allows the IP ranges denies all others."""
    graph = rest(auth, rest=_RESTRICTED)
    assert _policy(graph) == [_statement(graph, "Allow", "/*", "IpAddress")]


def test_an_allowed_ip_range_does_not_replace_a_signature() -> None:
    """With IAM, all others are denied, and only CORS preflights are allowed without a signature."""
    graph = rest("iam", rest=_RESTRICTED)
    denied, allowed = (("Deny", "/*", "NotIpAddress"), ("Allow", "/*/OPTIONS/*", "IpAddress"))
    assert _policy(graph) == [_statement(graph, *denied), _statement(graph, *allowed)]


def test_without_ip_ranges_there_is_no_policy(graph: Graph) -> None:
    """A stack without `rest.allowedIpRanges` has no resource policy."""
    assert not [
        each
        for each in graph.resources
        if each.type == "aws:apigateway/restApiPolicy:RestApiPolicy"
    ]


def test_every_client_has_an_api_key_with_its_own_limits() -> None:
    """The usage plan gives each key the stack's limits for the stage."""
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


def test_api_keys_are_a_secret_output() -> None:
    """The output `apiKeys` holds the keys by client; stacks without keys have no such output."""
    graph = rest("apiKey")
    values = {
        key["name"].removeprefix(graph.prefix): key.outputs["value"]
        for key in graph.all(aws.apigateway.ApiKey)
    }
    assert graph.outputs["apiKeys"] == values
    assert graph.outputs["secrets"] == {"apiKeys": True}
    assert "apiKeys" not in rest().outputs


def test_a_whole_stack_has_the_api_keys_as_output() -> None:
    """`__main__.py` exports the API keys."""
    graph = full("queued")
    assert graph.outputs["apiKeys"] == {"shop": f"{graph.prefix}shop-value"}
