"""The checks of API Gateway, certificate, hosted zone and failover."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from release.preflight import gateway
from tests.release.preflight.support.account import ACCOUNT, HEALTHY, AwsError
from tests.release.preflight.support.cases import Case, case_id, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

_CERTIFICATE: Final = ("acm", "DescribeCertificate")
_API_ACCOUNT: Final = ("apigateway", "GetAccount")
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
_REST: Final = {"gateway": "rest"}


def _certificate(**details: Any) -> Mapping[str, Any]:
    return {"Certificate": {**HEALTHY[_CERTIFICATE]["Certificate"], **details}}


_CASES: Final = [
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
]


@pytest.mark.parametrize("case", _CASES, ids=case_id)
def test_a_check_reports_what_it_sees(case: Case) -> None:
    """A check has the state that its account calls for, and says what it sees and what to do."""
    verify(case)


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
