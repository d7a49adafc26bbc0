"""Each check on a healthy account, and on accounts with each problem that it looks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from release.preflight import gateway, monitoring
from tests.release.preflight.support import planned_stacks
from tests.release.preflight.support.account import ACCOUNT, HEALTHY, Account, AwsError
from tests.release.preflight.support.planned_stacks import ALL, check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from release.preflight.finding import Finding

_GET_ACCOUNT: Final = ("sesv2", "GetAccount")
_SES: Final = HEALTHY[_GET_ACCOUNT]
_IDENTITY: Final = ("sesv2", "GetEmailIdentity")
_LIMITS: Final = ("lambda", "GetAccountSettings")
_SECRET: Final = ("secretsmanager", "DescribeSecret")
_CERTIFICATE: Final = ("acm", "DescribeCertificate")
_API_ACCOUNT: Final = ("apigateway", "GetAccount")
_THROTTLING: Final = {"rateLimit": 10000, "burstLimit": 5000}
_SUBSCRIPTIONS: Final = ("sns", "ListSubscriptionsByTopic")
_TAGS: Final = [
    {"Key": "project", "Value": "order-processing"},
    {"Key": "environment", "Value": "prod"},
]
_RESERVED: Final = {"reservedConcurrency": {"orders": 300, "email": 100}}
_VPC: Final = {
    "vpc": {
        "vpcId": "vpc-0a1b2c3d",
        "subnetIds": ["subnet-0a1b2c3d", "subnet-2"],
        "endpoints": {"routeTableIds": ["rtb-1"]},
    }
}
_DOMAIN: Final = {
    "domain": {
        "name": "api.shop-orders.net",
        "certificateArn": f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1",
        "hostedZoneId": "Z1",
    }
}
_PRIMARY: Final = {
    "domain": {
        **_DOMAIN["domain"],
        "failover": {
            "role": "primary",
            "healthCheckId": "12345678-1234-1234-1234-123456789012",
        },
    }
}
_SMTP: Final = {
    "smtp": {
        "host": "smtp.shop-orders.net",
        "secretArn": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:smtp-AbCdEf",
    }
}
_PHONES: Final = {"alerts": {"phoneNumbers": ["+15550100", "+15550101"]}}
_BOUNDARY: Final = {"permissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/boundary"}
_REST: Final = {"gateway": "rest"}


class Case(NamedTuple):
    """A stack with keys, an account with other responses, and what a check has to report."""

    check: str
    state: str
    shows: str
    keys: Mapping[str, Any] = {}
    account: Mapping[tuple[str, str], Any] = {}


def _limits(limit: int, unreserved: int) -> Mapping[str, Any]:
    return {
        "AccountLimit": {
            "ConcurrentExecutions": limit,
            "UnreservedConcurrentExecutions": unreserved,
        }
    }


def _certificate(**details: Any) -> Mapping[str, Any]:
    return {"Certificate": {**HEALTHY[_CERTIFICATE]["Certificate"], **details}}


def _subnet(name: str, zone: str, vpc: str = "vpc-0a1b2c3d") -> Mapping[str, Any]:
    return {"SubnetId": name, "AvailabilityZone": zone, "VpcId": vpc}


def _phone(number: str, status: str) -> Mapping[str, Any]:
    return {"PhoneNumber": number, "Status": status}


_CASES: Final = [
    Case("credentials", "ok", f"in account {ACCOUNT}"),
    Case(
        "credentials",
        "failed",
        "The stack allows 999999999999 alone",
        keys={"aws:allowedAccountIds": ["999999999999"]},
    ),
    Case("region", "ok", "is enabled"),
    Case(
        "region",
        "failed",
        "enable-region --region-name us-east-1",
        account={("account", "GetRegionOptStatus"): {"RegionOptStatus": "DISABLED"}},
    ),
    Case(
        "region",
        "warning",
        "being enabled",
        account={("account", "GetRegionOptStatus"): {"RegionOptStatus": "ENABLING"}},
    ),
    Case("permissions boundary", "ok", "exists", keys=_BOUNDARY),
    Case(
        "permissions boundary",
        "failed",
        "there is no",
        keys=_BOUNDARY,
        account={("iam", "GetPolicy"): AwsError("NoSuchEntity")},
    ),
    Case(
        "permissions boundary",
        "failed",
        "belongs to account 999999999999",
        keys={"permissionsBoundary": "arn:aws:iam::999999999999:policy/boundary"},
    ),
    Case("account concurrency", "ok", "takes 0 executions"),
    Case(
        "account concurrency",
        "ok",
        "takes 400 executions; 400 of the account's 1000 can",
        keys=_RESERVED,
        account={_LIMITS: _limits(1000, 500)},
    ),
    Case(
        "account concurrency",
        "failed",
        "--desired-value 1001",
        keys=_RESERVED,
        account={_LIMITS: _limits(1000, 499)},
    ),
    Case(
        "account concurrency",
        "failed",
        "takes 9 executions",
        keys={"provisionedConcurrency": {"orders": {"min": 2, "max": 9}}},
        account={_LIMITS: _limits(1000, 108)},
    ),
    Case(
        "account concurrency",
        "ok",
        "takes 10 executions",
        keys={
            "reservedConcurrency": {"orders": 10},
            "provisionedConcurrency": {"orders": {"min": 2, "max": 9}},
        },
    ),
    Case(
        "account concurrency",
        "warning",
        "below the default quota of 1000",
        account={_LIMITS: _limits(10, 10)},
    ),
    Case("SES sandbox", "ok", "to all recipients"),
    Case(
        "SES sandbox",
        "warning",
        "put-account-details --production-access-enabled",
        account={_GET_ACCOUNT: {**_SES, "ProductionAccessEnabled": False}},
    ),
    Case(
        "SES sandbox",
        "warning",
        "A request is under review",
        account={
            _GET_ACCOUNT: {
                **_SES,
                "ProductionAccessEnabled": False,
                "Details": {"ReviewDetails": {"Status": "PENDING"}},
            }
        },
    ),
    Case(
        "SES sandbox",
        "failed",
        "has paused",
        account={_GET_ACCOUNT: {**_SES, "EnforcementStatus": "SHUTDOWN"}},
    ),
    Case(
        "SES sandbox",
        "warning",
        "PROBATION",
        account={_GET_ACCOUNT: {**_SES, "EnforcementStatus": "PROBATION"}},
    ),
    Case("SES sending quota", "ok", "alarms.emailsPerHour is 2000"),
    Case(
        "SES sending quota",
        "warning",
        "--desired-value 48000",
        account={_GET_ACCOUNT: {**_SES, "SendQuota": {"Max24HourSend": 200, "MaxSendRate": 1}}},
    ),
    Case(
        "SES sending quota",
        "ok",
        "no limit of emails in 24 hours",
        account={_GET_ACCOUNT: {**_SES, "SendQuota": {"Max24HourSend": -1, "MaxSendRate": 99}}},
    ),
    Case(
        "SES sending quota",
        "warning",
        "1 a second",
        keys={"alarms": {"emailsPerHour": 3601}},
        account={_GET_ACCOUNT: {**_SES, "SendQuota": {"Max24HourSend": -1, "MaxSendRate": 1}}},
    ),
    Case("sender", "ok", "is verified"),
    Case(
        "sender",
        "ok",
        "shop-orders.net is verified for orders@mail.shop-orders.net",
        account={
            _IDENTITY: lambda call: (
                HEALTHY[_IDENTITY]
                if call["EmailIdentity"] == "shop-orders.net"
                else AwsError("NotFoundException")
            )
        },
    ),
    Case(
        "sender",
        "failed",
        "create-email-identity --email-identity mail.shop-orders.net",
        account={_IDENTITY: AwsError("NotFoundException")},
    ),
    Case(
        "sender",
        "failed",
        "orders@mail.shop-orders.net is PENDING",
        account={
            _IDENTITY: {"VerifiedForSendingStatus": False, "VerificationStatus": "PENDING"},
        },
    ),
    Case(
        "sender",
        "ok",
        "creates the identity mail.shop-orders.net",
        keys={"emailIdentity": "domain"},
        account={_IDENTITY: AwsError("NotFoundException")},
    ),
    Case(
        "sender",
        "failed",
        "Set emailIdentity to existing",
        keys={"emailIdentity": "address"},
        account={_IDENTITY: {"VerifiedForSendingStatus": True, "Tags": []}},
    ),
    Case(
        "sender",
        "ok",
        "is verified",
        keys={"emailIdentity": "domain"},
        account={_IDENTITY: {"VerifiedForSendingStatus": True, "Tags": _TAGS}},
    ),
    Case(
        "sender",
        "warning",
        "sesDkimTokens",
        keys={"emailIdentity": "domain"},
        account={_IDENTITY: {"VerifiedForSendingStatus": False, "Tags": _TAGS}},
    ),
    Case("SMTP secret", "ok", "smtp exists", keys=_SMTP),
    Case(
        "SMTP secret",
        "failed",
        "there is no secret",
        keys=_SMTP,
        account={_SECRET: AwsError("ResourceNotFoundException")},
    ),
    Case(
        "SMTP secret",
        "failed",
        "scheduled for deletion",
        keys=_SMTP,
        account={_SECRET: {"Name": "smtp", "DeletedDate": datetime(2026, 1, 1, tzinfo=UTC)}},
    ),
    Case(
        "SMTP secret",
        "warning",
        "customer managed key",
        keys=_SMTP,
        account={_SECRET: {"Name": "smtp", "KmsKeyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"}},
    ),
    Case(
        "SMS sandbox",
        "ok",
        "to all numbers",
        keys=_PHONES,
        account={("sns", "GetSMSSandboxAccountStatus"): {"IsInSandbox": False}},
    ),
    Case(
        "SMS sandbox",
        "ok",
        "all 2 are verified",
        keys=_PHONES,
        account={
            ("sns", "ListSMSSandboxPhoneNumbers"): {
                "PhoneNumbers": [_phone("+15550100", "Verified"), _phone("+15550101", "Verified")]
            }
        },
    ),
    Case(
        "SMS sandbox",
        "failed",
        "alerts.phoneNumbers[0], alerts.phoneNumbers[1] not verified",
        keys=_PHONES,
        account={
            ("sns", "ListSMSSandboxPhoneNumbers"): {
                "PhoneNumbers": [_phone("+15550100", "Pending")]
            }
        },
    ),
    Case("SMS spend limit", "ok", "50 USD", keys=_PHONES),
    Case(
        "SMS spend limit",
        "warning",
        "1 USD",
        keys=_PHONES,
        account={("sns", "GetSMSAttributes"): {"attributes": {}}},
    ),
    Case("subnets", "ok", "2 in vpc-0a1b2c3d, in us-east-1a, us-east-1b", keys=_VPC),
    Case(
        "subnets",
        "failed",
        "has no subnet-2",
        keys=_VPC,
        account={
            ("ec2", "DescribeSubnets"): {"Subnets": [_subnet("subnet-0a1b2c3d", "us-east-1a")]},
        },
    ),
    Case(
        "subnets",
        "failed",
        "has no subnet-0a1b2c3d, subnet-2",
        keys=_VPC,
        account={("ec2", "DescribeSubnets"): AwsError("InvalidSubnetID.Malformed")},
    ),
    Case(
        "subnets",
        "failed",
        "subnet-2 is not in vpc-0a1b2c3d",
        keys=_VPC,
        account={
            ("ec2", "DescribeSubnets"): {
                "Subnets": [
                    _subnet("subnet-0a1b2c3d", "us-east-1a"),
                    _subnet("subnet-2", "us-east-1b", "vpc-9"),
                ]
            },
        },
    ),
    Case(
        "subnets",
        "warning",
        "Add one of another zone",
        keys=_VPC,
        account={
            ("ec2", "DescribeSubnets"): {
                "Subnets": [
                    _subnet("subnet-0a1b2c3d", "us-east-1a"),
                    _subnet("subnet-2", "us-east-1a"),
                ]
            },
        },
    ),
    Case("DNS of the VPC", "ok", "resolves private names", keys=_VPC),
    Case(
        "DNS of the VPC",
        "failed",
        "--enable-dns-hostnames",
        keys=_VPC,
        account={
            ("ec2", "DescribeVpcAttribute"): lambda call: {
                "EnableDnsSupport": {"Value": True},
                "EnableDnsHostnames": {"Value": call["Attribute"] != "enableDnsHostnames"},
            }
        },
    ),
    Case("API throttling", "ok", "1000 requests a second and 2000 at once"),
    Case(
        "API throttling",
        "warning",
        "--quota-code L-8A5B8E43 --desired-value 12000",
        keys={"throttling": {"rateLimit": 6000}},
    ),
    Case("API throttling", "not checked", "no limits", account={_API_ACCOUNT: {}}),
    Case("API Gateway account role", "ok", "the deployment sets it", keys=_REST),
    Case(
        "API Gateway account role",
        "ok",
        "this stack's",
        keys=_REST,
        account={
            _API_ACCOUNT: {
                "cloudwatchRoleArn": f"arn:aws:iam::{ACCOUNT}:role/"
                "order-processing-prod-api-logs-abc"
            }
        },
    ),
    Case(
        "API Gateway account role",
        "warning",
        "Set rest.accountRole to false",
        keys=_REST,
        account={_API_ACCOUNT: {"cloudwatchRoleArn": f"arn:aws:iam::{ACCOUNT}:role/another"}},
    ),
    Case(
        "API Gateway account role",
        "failed",
        "no stage can have logs",
        keys={**_REST, "rest": {"accountRole": False}},
    ),
    Case(
        "API Gateway account role",
        "ok",
        "another",
        keys={**_REST, "rest": {"accountRole": False}},
        account={_API_ACCOUNT: {"cloudwatchRoleArn": f"arn:aws:iam::{ACCOUNT}:role/another"}},
    ),
    Case("certificate", "ok", "issued for api.shop-orders.net", keys=_DOMAIN),
    Case(
        "certificate",
        "failed",
        "there is no arn:aws:acm",
        keys=_DOMAIN,
        account={_CERTIFICATE: AwsError("ResourceNotFoundException")},
    ),
    Case(
        "certificate",
        "failed",
        "PENDING_VALIDATION",
        keys=_DOMAIN,
        account={_CERTIFICATE: _certificate(Status="PENDING_VALIDATION")},
    ),
    Case(
        "certificate",
        "failed",
        "not for api.shop-orders.net",
        keys=_DOMAIN,
        account={_CERTIFICATE: _certificate(DomainName="*.api.shop-orders.net")},
    ),
    Case("hosted zone", "ok", "shop-orders.net", keys=_DOMAIN),
    Case(
        "hosted zone",
        "failed",
        "there is no Z1",
        keys=_DOMAIN,
        account={("route53", "GetHostedZone"): AwsError("NoSuchHostedZone")},
    ),
    Case(
        "hosted zone",
        "failed",
        "not one for api.shop-orders.net",
        keys=_DOMAIN,
        account={
            ("route53", "GetHostedZone"): {
                "HostedZone": {"Id": "Z1", "Name": "orders.net.", "CallerReference": "x"}
            }
        },
    ),
    Case(
        "hosted zone",
        "failed",
        "is private",
        keys=_DOMAIN,
        account={
            ("route53", "GetHostedZone"): {
                "HostedZone": {
                    "Id": "Z1",
                    "Name": "shop-orders.net.",
                    "CallerReference": "x",
                    "Config": {"PrivateZone": True},
                }
            }
        },
    ),
    Case("failover health check", "ok", "exists", keys=_PRIMARY),
    Case(
        "failover health check",
        "failed",
        "Deploy the standby first",
        keys=_PRIMARY,
        account={("route53", "GetHealthCheck"): AwsError("NoSuchHealthCheck")},
    ),
    Case("receivers of alarms", "warning", "nobody is notified"),
    Case(
        "receivers of alarms",
        "ok",
        "not deployed yet",
        keys={"alerts": {"emails": ["me@shop-orders.net"]}},
    ),
    Case(
        "receivers of alarms",
        "ok",
        "1 of 1 in alerts have confirmed",
        keys={"alerts": {"emails": ["me@shop-orders.net"]}},
        account={
            _SUBSCRIPTIONS: {
                "Subscriptions": [
                    {"Endpoint": "me@shop-orders.net", "SubscriptionArn": "arn:aws:sns:x"}
                ]
            }
        },
    ),
    Case(
        "receivers of alarms",
        "warning",
        "0 of 2 in alerts have confirmed. 1 have to open the link that SNS has sent; 1 have no",
        keys={"alerts": {"emails": ["me@shop-orders.net", "you@shop-orders.net"]}},
        account={
            _SUBSCRIPTIONS: {
                "Subscriptions": [
                    {"Endpoint": "me@shop-orders.net", "SubscriptionArn": "PendingConfirmation"}
                ]
            }
        },
    ),
]


def _case_id(case: Case) -> str:
    return f"{case.check}: {case.state}: {case.shows[:30]}"


def _findings(case: Case) -> list[Finding]:
    """The findings of the check about `prod` with the keys of the case."""
    stack = planned_stacks.without_resources(ALL["prod"], **case.keys)
    findings = check(stack, Account(case.account))
    return [each for each in findings if each.check == case.check]


@pytest.mark.parametrize("case", _CASES, ids=_case_id)
def test_a_check_reports_what_it_sees(case: Case) -> None:
    """A check has the state that its account calls for, and says what was detail and what to do."""
    findings = _findings(case)
    assert any(each.state == case.state and case.shows in each.line for each in findings), [
        each.line for each in findings
    ]
    assert all(each.next_step for each in findings if each.state in ("warning", "failed"))


def test_a_second_deployment_needs_no_more_concurrency() -> None:
    """What the deployed version of the stack has reserved counts as free for its update."""
    deployed = {"order-processing-prod-orders": 300, "order-processing-prod-email": 100}
    account = {
        _LIMITS: _limits(1000, 100),
        ("lambda", "GetFunctionConcurrency"): lambda call: {
            "ReservedConcurrentExecutions": deployed.get(call["FunctionName"], 0)
        },
    }
    (finding,) = _findings(Case("account concurrency", "", "", _RESERVED, account))
    assert finding.state == "ok"


def test_personal_data_is_not_shown() -> None:
    """No finding shows a receiver's phone number or email address."""
    keys = {"alerts": {"phoneNumbers": ["+15550100"], "emails": ["me@shop-orders.net"]}}
    account = Account(
        {
            ("sns", "ListSMSSandboxPhoneNumbers"): {"PhoneNumbers": []},
            _SUBSCRIPTIONS: {"Subscriptions": []},
        }
    )
    report = check(planned_stacks.without_resources(ALL["prod"], **keys), account)
    text = " ".join(each.line for each in report)
    assert "alerts.phoneNumbers[0]" in text
    assert "5550100" not in text
    assert "me@" not in text


@pytest.mark.parametrize(("days", "state"), [(31, "ok"), (29, "warning")])
def test_a_certificate_is_renewed_in_time(days: int, state: str) -> None:
    """A certificate that expires within 30 days is a warning, because ACM renews it earlier."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    details = {
        "Status": "ISSUED",
        "DomainName": "a.net",
        "NotAfter": now + timedelta(days=days),
    }
    assert gateway.certificate(details, "a.net", now).state == state


def _alarm(*, metrics: int = 1, actions: int = 1) -> Mapping[str, Any]:
    queries: list[Mapping[str, Any]] = [{"metric": {}}] * metrics
    return {"name": "an-alarm", "metricQueries": queries, "alarmActions": ["x"] * actions}


def _dashboard(widgets: int, metrics: int) -> Mapping[str, Any]:
    widget: Mapping[str, Any] = {"properties": {"metrics": [[]] * metrics}}
    return {"dashboardName": "a-dashboard", "dashboardBody": {"widgets": [widget] * widgets}}


@pytest.mark.parametrize(
    ("alarm", "dashboard", "shows"),
    [
        (_alarm(metrics=10, actions=5), _dashboard(5, 500), "1 alarms and 1 dashboards"),
        (_alarm(metrics=11), _dashboard(1, 1), "an-alarm has more"),
        (_alarm(actions=6), _dashboard(1, 1), "an-alarm has more"),
        (_alarm(), _dashboard(501, 1), "a-dashboard has more"),
        (_alarm(), _dashboard(1, 501), "a-dashboard has more"),
        (_alarm(), _dashboard(6, 500), "a-dashboard has more"),
    ],
)
def test_alarms_and_dashboards_keep_to_limits(
    alarm: Mapping[str, Any], dashboard: Mapping[str, Any], shows: str
) -> None:
    """Metrics and actions of an alarm, and metrics and widgets of a dashboard, are limited."""
    finding = monitoring.judge_limits([alarm], [dashboard])
    assert shows in finding.detail
    assert (finding.state == "ok") == ("more" not in shows)
