"""Every stack: which checks it needs, and that all of them report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from release.preflight import quotas, runner
from tests.infra.support import features
from tests.infra.support.mock_responses import API_ID
from tests.release.preflight.support import planned_stacks
from tests.release.preflight.support.account import Account, AwsError, sampling_rule
from tests.release.preflight.support.planned_stacks import ALL, CHECKS, check

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from release.preflight.check import Check
    from release.preflight.planned import PlannedStack

_ADDS: Final = "the deployment adds"

# Each stack has these checks, whatever its keys are.
_ALWAYS: Final = {
    "configuration",
    "credentials",
    "region",
    "account concurrency",
    "API throttling",
    "IAM roles",
    "DynamoDB tables",
    "SNS topics",
}
_SES: Final = {"SES sandbox", "SES sending quota", "sender"}
_VPC: Final = {
    "subnets",
    "DNS of the VPC",
    "VPC endpoint services",
    "existing VPC endpoints",
    "interface VPC endpoints of the VPC",
    "gateway VPC endpoints",
}
_REST: Final = {"API Gateway account role", "REST APIs"}
_MONITORED: Final = {"alarms and dashboards", "receivers of alarms"}
_TRACED: Final = {"X-Ray sampling rules"}
_USUAL: Final = _SES | _MONITORED | _TRACED

# What a stack has beside those, from its keys alone.
_OWN: Final[Mapping[str, set[str]]] = {
    "dev": _USUAL,
    "staging": _USUAL,
    "prod": _USUAL,
    "local": _SES | _MONITORED,
    "event-driven": _USUAL | _REST,
    "http-platform": _USUAL,
    "queue-first": _USUAL | _REST,
    "orders-100": _USUAL,
    "orders-1000": _USUAL,
    "http-bare": _SES,
    "http-iam-snapstart": _USUAL,
    "http-jwt-domain": _USUAL
    | {"certificate", "hosted zone", "failover health check"}
    | {"JWT issuer", "SMS sandbox", "SMS spend limit"},
    "queued-http-key": _USUAL | {"JWT issuer"},
    "queued-rest-vpc": _USUAL | _REST | _VPC,
    "rest-domain-no-zone": _MONITORED | _TRACED | _REST | {"certificate", "SMTP secret"},
    "rest-iam-bare": _SES | _REST,
    "rest-keys-waf": _USUAL
    | _REST
    | {"usage plans", "certificate", "hosted zone", "permissions boundary"},
    "rest-standby": _USUAL | _REST | {"certificate", "hosted zone"},
    "vpc-smtp": _MONITORED | _TRACED | {"SMTP secret", "subnets"},
    "vpc-smtp-endpoints": _TRACED | _VPC | {"SMTP secret"},
}


def test_every_stack_is_in_the_table() -> None:
    """The table has every shipped stack, example, preset and variant."""
    assert _OWN.keys() == ALL.keys()


@pytest.mark.parametrize("name", _OWN)
def test_a_stack_has_the_checks_that_it_needs(name: str) -> None:
    """A stack has each check that its keys call for, and no other one."""
    findings = check(planned_stacks.without_resources(ALL[name]), Account())
    assert {each.check for each in findings} == _ALWAYS | _OWN[name]


def test_every_check_is_needed_by_a_stack() -> None:
    """No check is there that no stack needs."""
    needed = {
        each.name
        for stack in map(planned_stacks.without_resources, ALL.values())
        for each in CHECKS
        if each.needed(stack.config)
    }
    assert needed == {each.name for each in CHECKS}
    assert len({each.name for each in runner.CHECKS}) == len(runner.CHECKS)


@pytest.fixture(scope="module")
def full() -> PlannedStack:
    """A stack with its resources, which has every kind of resource that has a quota."""
    return planned_stacks.of_graph(features.full("queued"))


@pytest.mark.slow
def test_quotas_count_resources_of_the_program(full: PlannedStack) -> None:
    """Every quota counts resources that a stack really has, by names that these have."""
    added = {each.check: each.detail for each in check(full, Account()) if _ADDS in each.detail}
    assert added.keys() == {*(each.name for each in quotas.QUOTAS), quotas.ROLES}
    assert [detail for detail in added.values() if f"{_ADDS} 0" in detail] == []


@pytest.mark.slow
def test_a_second_deployment_adds_nothing(full: PlannedStack) -> None:
    """Where the stack is deployed, full quotas are no reason to refuse its update."""
    counted = [each for each in check(full, Account(_deployed(full))) if _ADDS in each.detail]
    assert len(counted) == len(quotas.QUOTAS) + 1
    assert [each.line for each in counted if f"{_ADDS} 0" not in each.detail] == []
    assert [each.line for each in counted if each.state != "ok"] == []


@pytest.mark.slow
def test_a_full_account_has_no_room(full: PlannedStack) -> None:
    """Where a quota is used up, each of its resources is a failed check with the command."""
    none_left = {
        ("service-quotas", "GetServiceQuota"): {"Quota": {"Value": 0.0, "Adjustable": True}},
        ("iam", "GetAccountSummary"): {"SummaryMap": {"Roles": 999, "RolesQuota": 1000}},
    }
    counted = [each for each in check(full, Account(none_left)) if _ADDS in each.detail]
    assert [each.line for each in counted if each.state != "failed"] == []
    assert all("request-service-quota-increase" in each.next_step for each in counted)


@pytest.mark.slow
def test_a_fixed_quota_is_not_to_be_raised(full: PlannedStack) -> None:
    """For a quota that AWS does not raise, no increase is suggested."""
    fixed = {("service-quotas", "GetServiceQuota"): {"Quota": {"Value": 0.0, "Adjustable": False}}}
    findings = check(full, Account(fixed), [_check("REST APIs")])
    (finding,) = [each for each in findings if each.check == "REST APIs"]
    assert finding.state == "failed"
    assert "does not raise it" in finding.next_step


_CONFLICT = {
    "VpcEndpointId": "vpce-1",
    "ServiceName": "com.amazonaws.us-east-1.sns",
    "PrivateDnsEnabled": True,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("endpoint", "state"),
    [
        (_CONFLICT, "failed"),
        ({**_CONFLICT, "PrivateDnsEnabled": False}, "ok"),
        ({**_CONFLICT, "ServiceName": "com.amazonaws.us-east-1.s3"}, "ok"),
        (
            {
                "VpcEndpointId": "vpce-2",
                "ServiceName": "com.amazonaws.us-east-1.dynamodb",
                "RouteTableIds": ["rtb-0a1b"],
            },
            "failed",
        ),
        (
            {
                **_CONFLICT,
                "Tags": [
                    {"Key": "project", "Value": "order-processing"},
                    {"Key": "environment", "Value": "dev"},
                ],
            },
            "ok",
        ),
    ],
)
def test_endpoints_of_others_may_conflict(
    full: PlannedStack, endpoint: Mapping[str, Any], state: str
) -> None:
    """Two endpoints of a service cannot have private DNS names, or use one route table."""
    account = Account({("ec2", "DescribeVpcEndpoints"): {"VpcEndpoints": [endpoint]}})
    findings = check(full, account, [_check("subnets")])
    assert {each.check: each.state for each in findings}["existing VPC endpoints"] == state


@pytest.mark.slow
@pytest.mark.parametrize("zones", [["us-east-1a"], None])
def test_endpoint_services_cover_the_zones(full: PlannedStack, zones: list[str] | None) -> None:
    """A service that is missing, in the region or in a zone of the subnets, is a failed check."""

    def services(call: Mapping[str, Any]) -> Mapping[str, Any]:
        names = [] if zones is None else call["Filters"][0]["Values"]
        return {
            "ServiceDetails": [{"ServiceName": name, "AvailabilityZones": zones} for name in names]
        }

    account = Account({("ec2", "DescribeVpcEndpointServices"): services})
    findings = check(full, account, [_check("subnets")])
    (finding,) = [each for each in findings if each.check == "VPC endpoint services"]
    assert finding.state == "failed"
    assert "com.amazonaws.us-east-1.sns" in finding.detail


def _check(name: str) -> Check:
    (check,) = [each for each in CHECKS if each.name == name]
    return check


def _deployed(stack: PlannedStack) -> dict[tuple[str, str], Any]:
    """The responses of an account that has just the stack's resources, and room for no other."""
    of = stack.resources.of
    names = {
        kind: [str(each["name"]) for each in of(kind)]
        for kind in (
            "aws:apigateway/restApi:RestApi",
            "aws:apigateway/usagePlan:UsagePlan",
            "aws:dynamodb/table:Table",
            "aws:iam/role:Role",
            "aws:sns/topic:Topic",
        )
    }
    rest, plans, tables, planned_roles, topics = names.values()
    # Only AWS knows the API's ID, with which the name of one role ends.
    roles = [name.replace(API_ID, "z9y8x7w6v5") for name in planned_roles]
    assert roles != planned_roles
    tags = [
        {"Key": "project", "Value": stack.file.project},
        {"Key": "environment", "Value": stack.file.stack},
    ]
    endpoints = [
        {
            "VpcEndpointId": f"vpce-{place}",
            "ServiceName": each["serviceName"],
            "VpcEndpointType": each["vpcEndpointType"],
            "Tags": tags,
        }
        for place, each in enumerate(of("aws:ec2/vpcEndpoint:VpcEndpoint"))
    ]

    def listed(call: Mapping[str, Any]) -> Mapping[str, Any]:
        filters = {each["Name"]: each["Values"] for each in call["Filters"]}
        kinds = filters.get("vpc-endpoint-type", ["Interface", "Gateway"])
        return {"VpcEndpoints": [each for each in endpoints if each["VpcEndpointType"] in kinds]}

    rules = [str(each["ruleName"]) for each in of("aws:xray/samplingRule:SamplingRule")]
    counts = {
        "L-AA0FF27B": len(rest),
        "L-E8693075": len(plans),
        "L-F98FE922": len(tables),
        "L-61103206": len(topics),
        "L-8C0C998A": len(rules),
        "L-29B6F2EB": sum(each["VpcEndpointType"] == "Interface" for each in endpoints),
        "L-1B52E74A": sum(each["VpcEndpointType"] == "Gateway" for each in endpoints),
    }
    return {
        ("apigateway", "GetRestApis"): {"items": [{"name": name} for name in rest]},
        ("apigateway", "GetUsagePlans"): {"items": [{"name": name} for name in plans]},
        ("dynamodb", "ListTables"): {"TableNames": tables},
        ("ec2", "DescribeVpcEndpoints"): listed,
        ("iam", "ListRoles"): {"Roles": [_role(name) for name in roles]},
        ("iam", "GetAccountSummary"): {
            "SummaryMap": {"Roles": len(roles), "RolesQuota": len(roles)}
        },
        ("sns", "ListTopics"): {
            "Topics": [{"TopicArn": f"arn:aws:sns:us-east-1:1:{name}"} for name in topics]
        },
        ("xray", "GetSamplingRules"): {
            "SamplingRuleRecords": [sampling_rule(name) for name in ("Default", *rules)]
        },
        ("service-quotas", "GetServiceQuota"): lambda call: {
            "Quota": {"Value": float(counts[call["QuotaCode"]])}
        },
        ("service-quotas", "GetAWSDefaultServiceQuota"): AwsError("NotCalled"),
    }


def _role(name: str) -> Mapping[str, Any]:
    return {
        "RoleName": name,
        "RoleId": "AROAEXAMPLEEXAMPLE",
        "Path": "/",
        "Arn": "arn:aws:iam::123456789012:role/x",
        "CreateDate": 0,
    }
