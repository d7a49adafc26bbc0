"""The checks of credentials, region, permissions boundary and Lambda concurrency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.release.preflight.support.account import ACCOUNT, AwsError
from tests.release.preflight.support.cases import Case, case_id, findings_of, verify

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMITS: Final = ("lambda", "GetAccountSettings")
_RESERVED: Final = {"reservedConcurrency": {"orders": 300, "email": 100}}
_BOUNDARY: Final = {"permissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/boundary"}


def _limits(limit: int, unreserved: int) -> Mapping[str, Any]:
    return {
        "AccountLimit": {
            "ConcurrentExecutions": limit,
            "UnreservedConcurrentExecutions": unreserved,
        }
    }


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
]


@pytest.mark.parametrize("case", _CASES, ids=case_id)
def test_a_check_reports_what_it_sees(case: Case) -> None:
    """A check has the state that its account calls for, and says what it sees and what to do."""
    verify(case)


def test_a_second_deployment_needs_no_more_concurrency() -> None:
    """What the deployed version of the stack has reserved counts as free for its update."""
    deployed = {"order-processing-prod-orders": 300, "order-processing-prod-email": 100}
    account = {
        _LIMITS: _limits(1000, 100),
        ("lambda", "GetFunctionConcurrency"): lambda call: {
            "ReservedConcurrentExecutions": deployed.get(call["FunctionName"], 0)
        },
    }
    (finding,) = findings_of(Case("account concurrency", "", "", _RESERVED, account))
    assert finding.state == "ok"
