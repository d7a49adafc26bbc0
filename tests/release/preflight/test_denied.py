"""Errors of AWS: a missing permission, throttling or a network failure ends one check alone."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import botocore.session
import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from release.preflight import runner
from release.preflight.actions import ACTIONS
from tests.release.preflight.support import planned_stacks
from tests.release.preflight.support.account import Account, AwsError
from tests.release.preflight.support.planned_stacks import ALL, check

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from release.preflight.finding import Finding
    from release.preflight.planned import PlannedStack

# Operations that are called after another one has failed.
_FALLBACKS: Final = {("service-quotas", "GetAWSDefaultServiceQuota")}


@functools.cache
def _stacks() -> list[PlannedStack]:
    """Stacks that need every check, together; their resources are left out."""
    alerts = {"emails": ["me@shop-orders.net"], "phoneNumbers": ["+15550100"]}
    return [
        planned_stacks.without_resources(ALL["http-jwt-domain"], alerts=alerts),
        planned_stacks.without_resources(ALL["queued-rest-vpc"]),
        planned_stacks.without_resources(ALL["vpc-smtp-endpoints"]),
        planned_stacks.without_resources(ALL["rest-keys-waf"]),
    ]


def _check(changes: Mapping[tuple[str, str], Any]) -> list[list[Finding]]:
    return [check(stack, Account(changes)) for stack in _stacks()]


@functools.cache
def _healthy() -> list[list[Finding]]:
    return _check({})


def _lost(findings: list[list[Finding]]) -> list[Finding]:
    """The findings of a healthy account that are not there."""
    pairs = zip(_healthy(), findings, strict=True)
    return [each for healthy, found in pairs for each in healthy if each not in found]


_CALLS = pytest.mark.parametrize("call", ACTIONS, ids="-".join)


@_CALLS
def test_without_a_permission_its_checks_are_not_made(call: tuple[str, str]) -> None:
    """Without an action, the checks that call it name it, and all others report as usual."""
    findings = _check({call: AwsError("AccessDenied")})
    unchecked = [each for found in findings for each in found if each.state == "not checked"]
    assert unchecked
    assert {each.detail for each in unchecked} == {f"needs {ACTIONS[call]}."}
    services = {each.name: each.services for each in runner.CHECKS}
    assert all(call[0] in services[each.check] for each in unchecked)
    # A check that reports several things has the name of the first.
    assert all(call[0] in services.get(each.check, (call[0],)) for each in _lost(findings))


@pytest.mark.parametrize(
    ("code", "shows"),
    [
        ("AccessDenied", "needs ses:GetAccount."),
        ("AccessDeniedException", "needs ses:GetAccount."),
        ("UnauthorizedOperation", "needs ses:GetAccount."),
        ("AuthorizationError", "needs ses:GetAccount."),
        ("Throttling", "AWS throttles GetAccount; run the command again."),
        ("ThrottlingException", "AWS throttles GetAccount; run the command again."),
        ("TooManyRequestsException", "AWS throttles GetAccount; run the command again."),
        ("RequestLimitExceeded", "AWS throttles GetAccount; run the command again."),
        ("InternalFailure", "AWS refused GetAccount: no (InternalFailure)."),
    ],
)
def test_a_refused_call_has_its_reason(code: str, shows: str) -> None:
    """A refused call is not a failed check: the report says why the check was not made."""
    account = Account({("sesv2", "GetAccount"): AwsError(code)})
    findings = check(_stacks()[0], account)
    (finding,) = [each for each in findings if each.check == "SES sandbox"]
    assert (finding.state, finding.detail) == ("not checked", shows)


def test_actions_are_those_of_the_calls() -> None:
    """The listed actions are those of the calls that all stacks make together."""
    account = Account()
    for stack in _stacks():
        check(stack, account)
    # A quota of the account's own needs no other call, so both kinds are called.
    assert account.calls - {("sts", "GetCallerIdentity")} == set(ACTIONS)


@_CALLS
def test_calls_only_read(call: tuple[str, str]) -> None:
    """Every operation exists and only reads; its action has its name, but at API Gateway."""
    service, operation = call
    model = botocore.session.get_session().get_service_model(service)
    assert operation in model.operation_names
    assert operation.startswith(("Get", "List", "Describe"))
    action = ACTIONS[call].partition(":")[2]
    assert action == ("GET" if service == "apigateway" else operation)


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (NoCredentialsError(), "Sign in, for example with aws sso login."),
        (
            EndpointConnectionError(endpoint_url="https://sts"),
            "Check the network of this machine, and aws:region, which is eu-west-1.",
        ),
    ],
    ids=["none", "network"],
)
def test_without_credentials_no_service_is_called(error: Exception, step: str) -> None:
    """Without credentials, that has failed, and checks that need AWS are not made."""

    def refuse(_parameters: Mapping[str, Any]) -> AwsError:
        raise error

    account = Account({("sts", "GetCallerIdentity"): refuse})
    findings = check(_stacks()[0], account)
    states = {each.check: each.state for each in findings}
    assert states["credentials"] == "failed"
    assert states["JWT issuer"] == "ok"
    assert states["account concurrency"] == "not checked"
    assert account.calls == {("sts", "GetCallerIdentity")}
    (finding,) = [each for each in findings if each.check == "credentials"]
    assert finding.next_step == step


def test_expired_credentials_have_failed() -> None:
    """Credentials that AWS refuses are a failed check that says what to do."""
    expired = AwsError("ExpiredToken", "The security token included in the request is expired")
    findings = check(_stacks()[0], Account({("sts", "GetCallerIdentity"): expired}))
    (finding,) = [each for each in findings if each.check == "credentials"]
    assert finding.state == "failed"
    assert "is expired" in finding.detail
    assert "aws sso login" in finding.next_step
    assert "get-region-opt-status" in finding.next_step
