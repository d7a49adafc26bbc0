"""Functions: settings, code, environment, log groups."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pulumi_aws as aws
import pytest

from handlers.common.contract import API_FUNCTION, WRITER
from infra.functions.function import FunctionArgs
from tests.infra.support.defaults import function_settings
from tests.infra.support.expectations import cors_origins
from tests.infra.support.features import configuration, full, functions
from tests.infra.support.graph import Graph, leaves, token
from tests.infra.support.handlers import FOR_METRICS, OF_LAMBDA, variables_read
from tooling.root import ROOT

# By package: the default memory in MB, and the timeout in seconds.
_SIZES = {
    "orders": (512, 30),
    "intake": (512, 30),
    "processor": (512, 60),
    "lookup": (512, 30),
    "relay": (256, 60),
    "email": (256, 60),
    "audit": (256, 30),
}
# What only one of the two transports needs.
_SMTP_ONLY = {"SMTP_HOST", "SMTP_PORT", "SMTP_SECRET_ARN"}


def test_every_stack_has_the_functions_that_it_is_configured_for(graph: Graph) -> None:
    """A stack deploys exactly the functions of its configuration, named after their packages."""
    assert functions(graph).keys() == configuration(graph).function_names
    for package, function in functions(graph).items():
        assert function["name"] == graph.prefix + package
        assert function["handler"] == f"handlers.{package}.handler.handle"


def test_every_handler_package_is_a_function_of_some_stack() -> None:
    """Every package of handlers/ with an entry point is deployed by some stack."""
    packages = {path.parent.name for path in (ROOT / "handlers").glob("*/handler.py")}
    kinds = (full("direct"), full("queued"))
    assert {package for kind in kinds for package in functions(kind)} == packages == _SIZES.keys()


def test_functions_run_on_arm_with_versions(graph: Graph) -> None:
    """Every function runs Python 3.13 on arm64, and publishes a version behind the alias `live`."""
    aliases = {alias["functionName"]: alias for alias in graph.all(aws.lambda_.Alias)}
    for function in graph.all(aws.lambda_.Function):
        assert function["runtime"] == "python3.13", function
        assert function["architectures"] == ["arm64"], function
        assert function["publish"] is True, function
        alias = aliases[function["name"]]
        assert (alias["name"], alias["functionVersion"]) == ("live", function.outputs["version"])


def test_tracing_follows_the_configuration(graph: Graph) -> None:
    """Functions that clients wait for are traced, unless the stack says otherwise."""
    config = configuration(graph)
    traced = {API_FUNCTION[config.ingestion], "lookup"} if config.tracing else set()
    for package, function in functions(graph).items():
        mode = "Active" if package in traced else "PassThrough"
        assert function["tracingConfig"] == {"mode": mode}, package


def test_memory_and_timeout(graph: Graph) -> None:
    """Each function has the memory of the design or of the stack, and the timeout of the design."""
    configured = configuration(graph).memory
    for package, function in functions(graph).items():
        memory, timeout = _SIZES[package]
        assert (function["memorySize"], function["timeout"]) == (
            configured.get(package, memory),
            timeout,
        ), package


def test_reserved_concurrency_follows_the_configuration(graph: Graph) -> None:
    """A function's reserved concurrency is the configured one, or none."""
    reserved = configuration(graph).reserved_concurrency
    for package, function in functions(graph).items():
        assert function.inputs.get("reservedConcurrentExecutions") == reserved.get(package), package


def test_every_function_logs_into_a_group_of_its_own(graph: Graph) -> None:
    """A function's log group is created first, with the configured retention."""
    groups = {group["name"]: group for group in graph.all(aws.cloudwatch.LogGroup)}
    used = [function["loggingConfig"]["logGroup"] for function in graph.all(aws.lambda_.Function)]
    assert len(used) == len(set(used))
    for function in graph.all(aws.lambda_.Function):
        name = function["loggingConfig"]["logGroup"]
        assert name == f"/aws/lambda/{function['name']}"
        assert groups[name]["retentionInDays"] == graph.config("logRetentionDays")


def test_every_log_group_has_a_retention(graph: Graph) -> None:
    """Every log group, of functions or not, has the retention of the stack."""
    for group in graph.all(aws.cloudwatch.LogGroup):
        assert group.inputs.get("retentionInDays") == graph.config("logRetentionDays"), group


def test_functions_wait_for_the_permission_to_log(graph: Graph) -> None:
    """A function comes after the policy that lets it write its log."""
    policies = {policy.urn: policy for policy in graph.all(aws.iam.RolePolicy)}
    for function in graph.all(aws.lambda_.Function):
        awaited = [policies[urn] for urn in function.depends_on if urn in policies]
        assert any("logs:PutLogEvents" in policy["policy"] for policy in awaited), function


def test_the_environment_has_what_the_handler_reads(graph: Graph) -> None:
    """A function has exactly the environment variables that its package reads."""
    for package, function in functions(graph).items():
        variables = set(function["environment"]["variables"])
        read = variables_read(package)
        other_transport = (
            set()
            if function["environment"]["variables"].get("EMAIL_TRANSPORT") == "smtp"
            else _SMTP_ONLY
        )
        assert read - variables <= other_transport | OF_LAMBDA, f"{package} lacks variables"
        assert variables - read <= FOR_METRICS, f"{package} has unused variables"


def test_variables_are_text(graph: Graph) -> None:
    """Every variable's value is text, as Lambda wants it."""
    for function in graph.all(aws.lambda_.Function):
        assert all(
            isinstance(value, str) for _, value in leaves(function["environment"]["variables"])
        ), function


def test_variables_name_what_is_deployed(graph: Graph) -> None:
    """The environment names the stack's tables, topic, sender and log level."""
    variables = {package: f["environment"]["variables"] for package, f in functions(graph).items()}
    ingestion = configuration(graph).ingestion
    api_function, writer = API_FUNCTION[ingestion], WRITER[ingestion]
    assert (
        variables[writer]["ORDERS_TABLE_NAME"] == graph.named(aws.dynamodb.Table, "orders")["name"]
    )
    assert variables[api_function]["ORDER_RETENTION_DAYS"] == str(
        graph.config("orderRetentionDays")
    )
    assert variables[api_function]["CORS_ORIGINS"] == ",".join(cors_origins(graph))
    assert (
        variables["audit"]["AUDIT_TABLE_NAME"]
        == graph.named(aws.dynamodb.Table, "audit-logs")["name"]
    )
    assert variables["email"]["CONFIRMATIONS_PER_HOUR"] == str(graph.config("confirmationsPerHour"))
    assert (
        variables["email"]["SENT_EMAILS_TABLE_NAME"]
        == graph.named(aws.dynamodb.Table, "sent-emails")["name"]
    )
    assert variables["email"]["EMAIL_FROM"] == graph.config("emailFrom")
    assert variables["relay"]["TOPIC_ARN"] == graph.named(aws.sns.Topic, "order-events").arn
    for every in variables.values():
        assert every["ENVIRONMENT"] == graph.stackfile.stack
        assert every["METRICS_NAMESPACE"] == graph.stackfile.project
        assert every["LOG_LEVEL"] == graph.config("logLevel")


def test_a_function_is_deployed_from_its_own_bundle(graph: Graph) -> None:
    """A function's code is an archive that holds its handler's module, and no other function's."""
    for package, function in functions(graph).items():
        with zipfile.ZipFile(function["code"]) as archive:
            handlers = {
                name.split("/")[1] for name in archive.namelist() if name.endswith("/handler.py")
            }
        assert handlers == {package}


def test_configuration_reaches_the_functions(customised: Graph) -> None:
    """Concurrency, memory, traces, log levels and retention follow their keys."""
    for check in (
        test_reserved_concurrency_follows_the_configuration,
        test_memory_and_timeout,
        test_tracing_follows_the_configuration,
        test_every_function_logs_into_a_group_of_its_own,
        test_variables_name_what_is_deployed,
        test_every_log_group_has_a_retention,
    ):
        check(customised)
    assert functions(customised)["audit"]["reservedConcurrentExecutions"] == 3
    assert functions(customised)["orders"]["memorySize"] == 1024
    assert functions(customised)["relay"]["tracingConfig"] == {"mode": "PassThrough"}
    assert not any("xray:" in policy["policy"] for policy in customised.all(aws.iam.RolePolicy))


@pytest.mark.parametrize("seconds", [0, 901])
def test_invalid_timeouts_are_errors(seconds: int) -> None:
    """Timeouts that Lambda does not allow are an error before anything is created."""
    settings = function_settings()
    message = f"timeout_seconds of function 'orders' is {seconds}; 1 to 900 are allowed"
    with pytest.raises(ValueError, match=message):
        FunctionArgs(
            package="orders",
            description="",
            environment={},
            settings=settings,
            timeout_seconds=seconds,
        )


def test_no_function_has_a_url(graph: Graph) -> None:
    """No function has a function URL, layers or an image."""
    types = {resource.type for resource in graph.resources}
    assert token(aws.lambda_.FunctionUrl) not in types
    for function in graph.all(aws.lambda_.Function):
        assert not {"layers", "imageUri", "s3Bucket"} & function.inputs.keys(), function
        assert Path(function["code"]).suffix == ".zip"
