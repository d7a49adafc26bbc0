"""Functions in a VPC: subnets, security groups, VPC endpoints, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi_aws as aws
import pytest

from policy.rules import Level
from tests.infra import test_program
from tests.infra.support.features import (
    ENDPOINTS,
    FULL,
    SMTP,
    VPC,
    full,
    functions,
    in_vpc,
    vpc_alone,
)
from tests.infra.support.graph import token
from tests.infra.support.mock_responses import ACCOUNT
from tests.infra.support.policies import permissions, statements
from tests.policy.support.rules import all_violations, sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.infra.support.graph import Graph, Resource

_KINDS: dict[str, dict[str, str]] = {"plain": {}, **FULL}
# What PrivateLink calls services, where IAM has another name for them.
_IAM_NAMES = {"email": "ses"}
# Policies that Lambda uses from outside the VPC: logs, traces, polling, KMS.
_OUTSIDE = {"observe", "join-network", "consume-queue", "consume-stream"}


@pytest.fixture(params=_KINDS)
def network(request: pytest.FixtureRequest) -> Graph:
    """Each kind of stack in turn, in a VPC with endpoints."""
    return in_vpc(_KINDS[request.param])


def _service(endpoint: Resource) -> str:
    return str(endpoint["serviceName"]).removeprefix("com.amazonaws.us-east-1.")


def _group(graph: Graph, suffix: str) -> str:
    (group,) = (
        g for g in graph.all(aws.ec2.SecurityGroup) if g["namePrefix"] == f"{graph.prefix}{suffix}-"
    )
    return str(group.outputs["id"])


def _calls(graph: Graph) -> set[tuple[str, str]]:
    """Each action and resource that the functions' own code may ask for."""
    return {
        (action, resource)
        for policy in graph.all(aws.iam.RolePolicy)
        if policy["name"] not in _OUTSIDE
        for statement in statements(policy)
        for action in statement.actions
        for resource in statement.resources
        if not action.startswith("kms:")
    }


def test_every_function_is_in_the_vpc(network: Graph) -> None:
    """Every function is in the configured subnets, in the security group of functions."""
    for function in network.all(aws.lambda_.Function):
        expected = {
            "subnetIds": VPC["subnetIds"],
            "securityGroupIds": [_group(network, "functions")],
        }
        assert function["vpcConfig"] == expected, function


def test_there_is_an_endpoint_for_each_service_that_is_called(network: Graph) -> None:
    """Exactly the services that functions call have an endpoint: not logs, traces or KMS."""
    called = {action.partition(":")[0] for action, _ in _calls(network)}
    actual = sorted(
        _IAM_NAMES.get(service, service)
        for service in map(_service, network.all(aws.ec2.VpcEndpoint))
    )
    assert actual == sorted(called)


@pytest.mark.parametrize(
    ("config", "services"),
    [
        ({}, {"dynamodb", "sns", "email"}),
        ({"ingestion": "queued"}, {"dynamodb", "sns", "email", "sqs"}),
        (SMTP, {"dynamodb", "sns", "secretsmanager"}),
        ({"ingestion": "queued", **SMTP}, {"dynamodb", "sns", "secretsmanager", "sqs"}),
    ],
)
def test_the_endpoints_of_each_kind_of_stack(config: dict[str, str], services: set[str]) -> None:
    """Ingestion `queued` adds SQS; SMTP needs Secrets Manager instead of SES."""
    assert {_service(each) for each in vpc_alone(config).all(aws.ec2.VpcEndpoint)} == services


def test_endpoint_types(network: Graph) -> None:
    """DynamoDB has a gateway endpoint, the others have interface endpoints with private DNS."""
    for endpoint in network.all(aws.ec2.VpcEndpoint):
        assert endpoint["vpcId"] == VPC["vpcId"]
        if _service(endpoint) == "dynamodb":
            assert endpoint["vpcEndpointType"] == "Gateway"
            assert endpoint["routeTableIds"] == ENDPOINTS["routeTableIds"]
        else:
            assert endpoint["vpcEndpointType"] == "Interface", endpoint
            assert endpoint["subnetIds"] == VPC["subnetIds"], endpoint
            assert endpoint["privateDnsEnabled"] is True, endpoint
            assert endpoint["securityGroupIds"] == [_group(network, "endpoints")], endpoint


def test_endpoints_are_limited_to_the_account(network: Graph) -> None:
    """Endpoint policies admit principals of the account to resources of the account only."""
    accounts = {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
    for endpoint in network.all(aws.ec2.VpcEndpoint):
        (statement,) = statements(endpoint)
        assert (statement.effect, statement.principal) == ("Allow", "*"), endpoint
        assert (statement.actions, statement.resources) == ({"*"}, {"*"}), endpoint
        assert statement.condition == {"StringEquals": accounts}, endpoint


def test_functions_connect_to_endpoints_only() -> None:
    """Functions may only connect to the endpoints and to DynamoDB's prefix list, over HTTPS."""
    graph = in_vpc({})
    (dynamodb,) = (each for each in graph.all(aws.ec2.VpcEndpoint) if _service(each) == "dynamodb")
    rules = graph.all(aws.vpc.SecurityGroupEgressRule)
    for rule in rules:
        assert rule["securityGroupId"] == _group(graph, "functions")
        assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert {_far_end(rule) for rule in rules} == {
        ("referencedSecurityGroupId", _group(graph, "endpoints")),
        ("prefixListId", dynamodb.outputs["prefixListId"]),
    }


def _far_end(rule: Resource) -> tuple[str, str]:
    (match,) = (
        (key, str(rule[key]))
        for key in ("cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId")
        if key in rule.inputs
    )
    return match


def test_only_functions_connect_to_endpoints(network: Graph) -> None:
    """Nothing may connect to a function, and only functions to the endpoints."""
    (rule,) = network.all(aws.vpc.SecurityGroupIngressRule)
    assert rule["securityGroupId"] == _group(network, "endpoints")
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert _far_end(rule) == ("referencedSecurityGroupId", _group(network, "functions"))
    for group in network.all(aws.ec2.SecurityGroup):
        assert not {"ingress", "egress"} & group.inputs.keys(), group


def test_with_smtp_the_servers_port_is_open() -> None:
    """With SMTP, functions may connect to the server's port everywhere."""
    graph = full("queued")
    open_to_all = [
        rule for rule in graph.all(aws.vpc.SecurityGroupEgressRule) if "cidrIpv4" in rule.inputs
    ]
    assert [(rule["fromPort"], rule["toPort"], rule["cidrIpv4"]) for rule in open_to_all] == [
        (2525, 2525, "0.0.0.0/0")
    ]


def test_only_lambda_manages_network_interfaces(network: Graph) -> None:
    """Roles let Lambda manage network interfaces, and not the function's code."""
    everything = f"arn:aws:ec2:us-east-1:{ACCOUNT}:*/*"
    for function in network.all(aws.lambda_.Function):
        about_interfaces = [
            permission
            for permission in permissions(network, network.by_arn(function["role"])["name"])
            if any(action.startswith("ec2:") for action in permission.actions)
        ]
        assert {permission.resources: permission.actions for permission in about_interfaces} == {
            frozenset(["*"]): {"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"},
            frozenset([everything]): {
                "ec2:AssignPrivateIpAddresses",
                "ec2:CreateNetworkInterface",
                "ec2:DeleteNetworkInterface",
                "ec2:UnassignPrivateIpAddresses",
            },
        }
        assert all(
            permission.condition == {"Null": {"lambda:SourceFunctionArn": "true"}}
            for permission in about_interfaces
        )


def test_functions_wait_for_endpoints(network: Graph) -> None:
    """A function depends on the endpoints, the egress rules, and its permission."""
    kinds = (aws.ec2.VpcEndpoint, aws.vpc.SecurityGroupEgressRule, aws.vpc.SecurityGroupIngressRule)
    way = {resource.urn for kind in kinds for resource in network.all(kind)}
    for function in network.all(aws.lambda_.Function):
        role = network.by_arn(function["role"])["name"]
        (join,) = (
            p
            for p in network.all(aws.iam.RolePolicy)
            if (p["role"], p["name"]) == (role, "join-network")
        )
        assert {join.urn, *way} <= function.depends_on, function


def test_without_endpoints_https_is_open() -> None:
    """Without endpoints of the stack, functions may connect to HTTPS everywhere."""
    graph = in_vpc({}, create_endpoints=False)
    assert token(aws.ec2.VpcEndpoint) not in {resource.type for resource in graph.resources}
    (rule,) = graph.all(aws.vpc.SecurityGroupEgressRule)
    assert (rule["fromPort"], rule["toPort"], _far_end(rule)) == (
        443,
        443,
        ("cidrIpv4", "0.0.0.0/0"),
    )
    assert len(graph.all(aws.ec2.SecurityGroup)) == 1
    assert all(rule.urn in function.depends_on for function in graph.all(aws.lambda_.Function))


@pytest.mark.parametrize(
    "check",
    [
        test_program.test_no_output_is_treated_as_text,
        test_program.test_every_aws_resource_has_a_component_of_its_name,
        test_program.test_components_register_outputs,
        test_program.test_deployed_names_carry_project_and_stack,
        test_program.test_names_are_unique,
        test_program.test_resources_are_tagged,
        test_program.test_no_output_is_empty,
    ],
    ids=lambda check: check.__name__.removeprefix("test_"),
)
def test_a_vpc_keeps_the_promises_of_every_stack(
    network: Graph, check: Callable[[Graph], None]
) -> None:
    """Names, tags, components and outputs are as in any other stack."""
    check(network)


def test_a_vpc_complies_with_the_policy_pack(network: Graph) -> None:
    """The resources of a VPC comply with the policy pack."""
    assert sentences(all_violations(network, Level.MANDATORY)) == []


def test_without_a_vpc_there_are_no_vpc_resources(graph: Graph) -> None:
    """Without `vpc` there are no VPC resources and no permissions for network interfaces."""
    types = {resource.type.partition("/")[0] for resource in graph.resources}
    assert not types & {"aws:ec2", "aws:vpc"}
    assert not any("vpcConfig" in function.inputs for function in functions(graph).values())
    assert not any("ec2:" in policy["policy"] for policy in graph.all(aws.iam.RolePolicy))


@pytest.mark.parametrize("kind", FULL)
def test_a_preview_shows_the_same(kind: str) -> None:
    """A preview registers what an update does, with the same parents and dependencies."""

    def shape(of: Graph) -> list[object]:
        return [
            (r.urn, r.parent and r.parent.urn, r.depends_on, sorted(r.inputs)) for r in of.resources
        ]

    assert shape(full(kind, preview=True)) == shape(full(kind))
