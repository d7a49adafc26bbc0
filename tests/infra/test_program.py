"""The program as a whole: both modes, the components' tree, names, tags and outputs."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import re
import runpy
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws
import pytest

from infra.config import StackConfig
from tests.infra.support.expectations import endpoint, packages, work_queues
from tests.infra.support.features import FULL, full
from tests.infra.support.graph import (
    LOCAL_ENDPOINTS,
    STACK_FILES,
    Graph,
    Resource,
    deployed,
    is_unknown,
    leaves,
    previewed,
    record_anew,
    settings,
    token,
)
from tests.infra.support.mock_responses import ACCOUNT, API_ID
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_INFRA = f"{ROOT / 'infra'}/"

# What a program gets when it treats an output as text.
_OUTPUT_AS_TEXT = re.compile(r"Calling __str__ on an Output|<pulumi\.output\.Output")

# Properties with deployed names, and types whose names are only unique within another resource, or
# that have the name of another resource.
_NAMING = ("name", "namePrefix", "dashboardName")
_NAMED_WITHIN = {
    *("aws:lambda/alias:Alias", "aws:iam/rolePolicy:RolePolicy", "aws:apigatewayv2/stage:Stage"),
    *("aws:apigateway/model:Model", "aws:apigateway/requestValidator:RequestValidator"),
    *("aws:route53/record:Record", "aws:apigateway/usagePlanKey:UsagePlanKey"),
}
# The log group that API Gateway writes to is named after the API's ID, which no other stack has.
_NAMED_BY_AWS = f"API-Gateway-Execution-Logs_{API_ID}/"
_MUST_BE_TAGGED = (
    *(aws.sqs.Queue, aws.sns.Topic, aws.dynamodb.Table, aws.lambda_.Function, aws.iam.Role),
    *(aws.cloudwatch.LogGroup, aws.cloudwatch.MetricAlarm),
)


def test_preview_shows_what_an_update_deploys(stack_file: Path, graph: Graph) -> None:
    """A preview registers the same resources as an update, with the same options."""

    def shape(of: Graph) -> list[tuple[object, ...]]:
        return [
            (r.urn, r.parent and r.parent.urn, r.protect, r.depends_on, sorted(r.inputs))
            for r in of.resources
        ]

    assert shape(previewed(stack_file)) == shape(graph)


def test_preview_knows_all_that_aws_does_not_compute(stack_file: Path, graph: Graph) -> None:
    """In a preview an input is unknown only if AWS computes a part of it."""
    computed = {
        str(value)
        for resource in graph.resources
        for key, value in resource.outputs.items()
        if not resource.is_component and key not in resource.inputs
    }
    pairs = zip(previewed(stack_file).resources, graph.resources, strict=True)
    for before, after in pairs:
        known_later = dict(leaves(after.inputs))
        for path, value in leaves(before.inputs):
            if is_unknown(value):
                text = str([item for place, item in known_later.items() if place.startswith(path)])
                assert any(part in text for part in computed), (
                    f"{after}: {path} need not be unknown"
                )
            else:
                assert value == known_later[path], f"{after}: {path}"


def test_no_output_is_treated_as_text(graph: Graph) -> None:
    """No input holds the text that an output gives when it is formatted before it is known."""
    for resource in graph.resources:
        for path, value in leaves(resource.inputs):
            assert not _OUTPUT_AS_TEXT.search(str(value)), f"{resource}: {path}"


def test_every_aws_resource_has_a_component_of_its_name(graph: Graph) -> None:
    """Every AWS resource is a child of a component, whose name is its prefix."""
    for resource in graph.resources:
        if resource.is_component:
            assert re.fullmatch(r"orders:index:[A-Z][A-Za-z]+", resource.type), resource
        else:
            assert resource.parent is not None, f"{resource} hangs on the stack itself"
            assert resource.parent.is_component, resource
            assert _belongs(resource), resource


def _belongs(resource: Resource) -> bool:
    """Whether its name starts with its parent's; a policy's starts with its function's."""
    if resource.type == token(aws.iam.RolePolicy):
        return True
    return resource.parent is not None and resource.name.startswith(f"{resource.parent.name}-")


def test_components_register_outputs(graph: Graph) -> None:
    """Every component registers its outputs once, and at least one of them."""
    components = [resource for resource in graph.resources if resource.is_component]
    assert components
    for component in components:
        assert graph.finished[component.urn], component


def test_deployed_names_carry_project_and_stack(graph: Graph) -> None:
    """Every deployed name starts with project and stack, or has them in its path."""
    slashed = graph.prefix.replace(f"-{graph.stackfile.stack}-", f"/{graph.stackfile.stack}/")
    for resource in graph.resources:
        if resource.type in _NAMED_WITHIN or resource.is_component or not _can_be_named(resource):
            continue
        name = next((resource[key] for key in _NAMING if key in resource.inputs), None)
        assert name is not None, f"{resource} is left to be named at random"
        if name.startswith(_NAMED_BY_AWS):
            continue
        assert re.search(rf"(^|/){re.escape(graph.prefix)}|^{re.escape(slashed)}", f"{name}-"), (
            f"{resource}: {name}"
        )


def _can_be_named(resource: Resource) -> bool:
    return any(hasattr(_class(resource), key) for key in ("name", "dashboard_name"))


def test_names_are_unique(graph: Graph) -> None:
    """No two resources of a kind share a deployed name."""
    names = [
        (r.type, r["name"])
        for r in graph.resources
        if "name" in r.inputs and r.type not in _NAMED_WITHIN
    ]
    assert len(names) == len(set(names))


def test_resources_are_tagged(graph: Graph) -> None:
    """Every resource that AWS can tag carries project, environment and managed-by."""
    tags = {
        "project": graph.stackfile.project,
        "environment": graph.stackfile.stack,
        "managed-by": "pulumi",
    }
    for resource in graph.resources:
        if not resource.is_component and hasattr(_class(resource), "tags"):
            assert resource.inputs.get("tags") == tags, resource
    for kind in _MUST_BE_TAGGED:
        assert all(resource["tags"] == tags for resource in graph.all(kind))


def _class(resource: Resource) -> type:
    """The provider's class for a token such as `aws:sqs/queue:Queue`."""
    _, module, name = resource.type.split(":")
    package = module.partition("/")[0].replace("lambda", "lambda_")
    result: type = getattr(importlib.import_module(f"pulumi_aws.{package}"), name)
    return result


def test_outputs_point_at_what_is_deployed(graph: Graph) -> None:
    """The outputs hold the promised names, and each the value of a resource of the stack."""
    outputs, own = graph.outputs, f"{graph.stackfile.project}:"
    config = {key.removeprefix(own): value for key, value in graph.stackfile.config.items()}
    tables = {
        suffix: graph.named(aws.dynamodb.Table, suffix)
        for suffix in ("orders", "audit-logs", "sent-emails")
    }
    functions = {
        function["handler"].split(".")[1]: function for function in graph.all(aws.lambda_.Function)
    }
    expected = {
        "apiEndpoint": endpoint(graph),
        "ordersUrl": endpoint(graph) + "/orders",
        "functionNames": {package: function["name"] for package, function in functions.items()},
        "functionArns": {package: function.arn for package, function in functions.items()},
        "stackName": graph.stackfile.stack,
        "auth": config.get("auth", "none"),
        "emailTransport": "ses" if config.get("smtp", "{}") == "{}" else "smtp",
        "emailFrom": config["emailFrom"],
        "ordersTableName": tables["orders"]["name"],
        "ordersTableArn": tables["orders"].arn,
        "ordersStreamArn": tables["orders"].outputs["streamArn"],
        "auditTableName": tables["audit-logs"]["name"],
        "auditTableArn": tables["audit-logs"].arn,
        "sentEmailsTableName": tables["sent-emails"]["name"],
        "sentEmailsTableArn": tables["sent-emails"].arn,
        "topicArn": graph.named(aws.sns.Topic, "order-events").arn,
        "region": graph.stackfile.config["aws:region"],
        "accountId": ACCOUNT,
    }
    assert {name: outputs[name] for name in expected} == expected
    assert outputs["apiId"]
    assert outputs["accessLogGroupName"] in {
        group["name"] for group in graph.all(aws.cloudwatch.LogGroup)
    }
    assert outputs.keys() >= {"queueUrls", "deadLetterQueueUrls", "dashboardUrls"}


def test_output_maps_are_complete(graph: Graph) -> None:
    """The outputs have every queue, dead-letter queue, function and dashboard."""
    queues = {queue.outputs["url"] for queue in graph.all(aws.sqs.Queue)}
    work, dead = graph.outputs["queueUrls"], graph.outputs["deadLetterQueueUrls"]
    assert work.keys() == work_queues(graph)
    assert dead.keys() == {*work_queues(graph), "relay"}
    assert {*work.values(), *dead.values()} == queues
    assert graph.outputs["functionNames"].keys() == packages(graph)
    for label, url in graph.outputs["dashboardUrls"].items():
        assert url.endswith(f"/{graph.prefix}{label}-{graph.stackfile.config['aws:region']}")


def test_no_output_is_empty(graph: Graph) -> None:
    """After an update no output, and nothing within one, is without a value."""
    assert all(value not in (None, "") for _, value in leaves(graph.outputs))


@pytest.mark.parametrize("kind", FULL)
def test_aws_resources_are_created_within_five_calls(kind: str) -> None:
    """At most five calls lead from `__main__.py` to the constructor of any AWS resource."""
    chains: dict[str, list[str]] = {}

    def record_calls(args: pulumi.ResourceTransformationArgs) -> None:
        code, frame = [], inspect.currentframe()
        while frame:
            code.append(frame.f_code)
            frame = frame.f_back
        chains[args.name] = [
            each.co_qualname
            for each in reversed(code)
            if each.co_filename.startswith(_INFRA) and each.co_name[0] != "<"
        ]

    def program() -> None:
        pulumi.runtime.register_stack_transformation(record_calls)
        runpy.run_path(str(ROOT / "__main__.py"))

    stack = full(kind).stackfile
    config = {**stack.config, "aws:endpoints": LOCAL_ENDPOINTS}
    graph = record_anew(dataclasses.replace(stack, config=config), program)
    for resource in graph.resources:
        calls = [*chains[resource.name], resource.type]
        assert resource.is_component or len(calls) <= 5, calls


def test_environment_variables_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment does not change the graph."""
    expected = deployed(STACK_FILES[0])
    for name in (
        "STAGE",
        "ENVIRONMENT",
        "ENV",
        "CI",
        "EMAIL_FROM",
        "LOG_LEVEL",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.setenv(name, "junk")
    for name in {"AWS_PROFILE", "AWS_ENDPOINT_URL", "PULUMI_STACK", *StackConfig.keys()}:
        monkeypatch.setenv(name, "junk")
    assert record_anew(settings(STACK_FILES[0])) == expected


@pytest.mark.parametrize(
    "path", [ROOT / "__main__.py", *sorted((ROOT / "infra").rglob("*.py"))], ids=lambda p: p.name
)
def test_no_module_reads_the_environment(path: Path) -> None:
    """Neither the program nor a module of infra/ reads an environment variable."""
    read = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert not read & {"environ", "environb", "getenv", "getenvb"}
