"""Runs the preflight checks: credentials first, and an error of AWS ends one check alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from orderctl.cli_support import aws_error
from release.preflight import concurrency, credentials
from release.preflight.actions import ACTIONS
from release.preflight.check import Check
from release.preflight.finding import Finding
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.preflight.check import Findings, Subject

CHECKS: Final = (Check(name=concurrency.NAME, needed=lambda _: True, run=concurrency.run),)

_DENIED: Final = ("AccessDenied", "Unauthorized", "AuthorizationError", "NotAuthorized")
_THROTTLED: Final = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "RateExceeded")


def run(subject: Subject) -> Iterator[Finding]:
    """Yield the findings of all checks that the stack needs."""
    yield from subject.stack.configuration_findings
    identity = None
    try:
        identity = credentials.identify(subject.client("sts"))
        subject = replace(subject, account=identity.account, partition=identity.partition)
    except (ClientError, BotoCoreError) as error:
        yield credentials.refused(error, subject.stack.region)
    else:
        yield credentials.accepted(identity, subject.stack)
    for check in CHECKS:
        if not check.needed(subject.config):
            continue
        if check.uses_aws and identity is None:
            yield _not_checked(check.name, "needs valid credentials.")
        else:
            yield from _guarded(check, subject)


def _guarded(check: Check, subject: Subject) -> Findings:
    try:
        yield from check.run(subject)
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        yield _not_checked(check.name, reason(error))
    except UserError as error:
        yield _not_checked(check.name, str(error))


def reason(error: Exception) -> str:
    """Return why AWS did not answer, as a sentence."""
    if not isinstance(error, ClientError):
        return f"{aws_error(error) or f'The response could not be read: {error}'}."
    code = str(error.response.get("Error", {}).get("Code", ""))
    operation = error.operation_name
    if code.startswith(_DENIED):
        actions = sorted(action for (_, name), action in ACTIONS.items() if name == operation)
        return f"needs {' or '.join(actions) or operation}."
    if code.startswith(_THROTTLED):
        return f"AWS throttles {operation}; run the command again."
    return f"{aws_error(error)}."


def _not_checked(name: str, seen: str) -> Finding:
    return Finding(check=name, state="not checked", seen=seen)
