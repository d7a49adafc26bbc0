"""Runs the preflight checks: credentials first, and an error of AWS ends one check alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from orderctl.cli_support import aws_error
from release.preflight import (
    build,
    concurrency,
    credentials,
    email,
    gateway,
    issuer,
    monitoring,
    network,
    quotas,
    sms,
)
from release.preflight.actions import ACTIONS
from release.preflight.check import Check
from release.preflight.finding import not_checked
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from release.preflight.check import Findings, Target
    from release.preflight.finding import Finding

CHECKS: Final = (
    Check(name=build.NAME, services=(), run=build.run),
    Check(name=credentials.REGION, services=("account",), run=credentials.region),
    Check(
        name=credentials.BOUNDARY,
        services=("iam",),
        run=credentials.boundary,
        needed=lambda config: bool(config.permissions_boundary),
    ),
    Check(name=concurrency.NAME, services=("lambda",), run=concurrency.run),
    Check(
        name=email.SANDBOX,
        services=("sesv2",),
        run=email.account,
        needed=lambda config: config.smtp is None,
    ),
    Check(
        name=email.SENDER,
        services=("sesv2",),
        run=email.sender,
        needed=lambda config: config.smtp is None,
    ),
    Check(
        name=email.SECRET,
        services=("secretsmanager",),
        run=email.secret,
        needed=lambda config: config.smtp is not None,
    ),
    Check(
        name=sms.SANDBOX,
        services=("sns",),
        run=sms.run,
        needed=lambda config: config.monitoring != "none" and bool(config.alerts.phone_numbers),
    ),
    Check(
        name=network.SUBNETS,
        services=("ec2",),
        run=network.run,
        needed=lambda config: config.vpc is not None,
    ),
    Check(name=gateway.THROTTLING, services=("apigateway",), run=gateway.account),
    Check(
        name=gateway.CERTIFICATE,
        services=("acm", "route53"),
        run=gateway.domain,
        needed=lambda config: config.domain is not None,
    ),
    Check(
        name=issuer.NAME, services=(), run=issuer.run, needed=lambda config: config.jwt is not None
    ),
    Check(
        name=monitoring.LIMITS,
        services=(),
        run=monitoring.limits,
        needed=lambda config: config.monitoring != "none",
    ),
    Check(
        name=monitoring.RECEIVERS,
        services=("sns",),
        run=monitoring.receivers,
        needed=lambda config: config.monitoring != "none",
    ),
    Check(name=quotas.ROLES, services=("iam",), run=quotas.roles),
    *(
        Check(name=each.name, services=each.services, run=each.run, needed=each.needed)
        for each in quotas.QUOTAS
    ),
)

_DENIED: Final = ("AccessDenied", "Unauthorized", "AuthorizationError", "NotAuthorized")
_THROTTLED: Final = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "RateExceeded")


def run(target: Target, checks: Sequence[Check] = CHECKS) -> Iterator[Finding]:
    """Yield the findings of the checks that the stack needs."""
    yield from target.stack.configuration_findings
    has_credentials = True
    try:
        identity = credentials.identify(target.client("sts"))
        target = replace(target, account=identity.account, partition=identity.partition)
        yield credentials.judge_account(identity, target.stack)
    except (ClientError, BotoCoreError) as error:
        has_credentials = False
        yield credentials.judge_error(error, target.stack.region)
    for check in checks:
        if not check.needed(target.config):
            continue
        if check.services and not has_credentials:
            yield not_checked(check.name, "needs valid credentials.")
        else:
            yield from _guarded(check, target)


def _guarded(check: Check, target: Target) -> Findings:
    """Yield the findings of a check; an error of AWS becomes one as well."""
    try:
        yield from check.run(target)
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        yield not_checked(check.name, reason(error, check.services))
    except UserError as error:
        yield not_checked(check.name, str(error))


def reason(error: Exception, services: Collection[str]) -> str:
    """Return why AWS did not answer, as a sentence.

    Args:
        error: The error of a call.
        services: The services of which it can be.
    """
    if not isinstance(error, ClientError):
        return f"{aws_error(error) or f'The response could not be read: {error}'}."
    code = str(error.response.get("Error", {}).get("Code", ""))
    operation = error.operation_name
    if code.startswith(_DENIED):
        actions = [ACTIONS[each, operation] for each in services if (each, operation) in ACTIONS]
        return f"needs {' or '.join(actions) or operation}."
    if code.startswith(_THROTTLED):
        return f"AWS throttles {operation}; run the command again."
    return f"{aws_error(error)}."
