"""`python -m release preflight`: checks an AWS account with read-only calls before a deployment."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from orderctl.cli_support import WRONG_USAGE
from release.preflight import finding, planned, runner
from release.preflight.check import Subject
from tooling.clients import Clients
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.running import RunningStack
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from tooling.clients import ClientFactory

_CALLS = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3}
)


def preflight(stack: str | None, *, as_json: bool) -> bool:
    """Check the account for a stack, or for the running local one; return whether nothing failed.

    Raises:
        UserError: the stack is unknown, or its configuration cannot be read.
    """
    subject = _subject(stack)
    findings = list(runner.run(subject))
    finding.report(subject.stack.file.stack, findings).show(as_json=as_json)
    return not finding.has_failed(findings)


def _subject(stack: str | None) -> Subject:
    if stack is None:
        return _running("Name a stack with --stack NAME, or start a local one with 'make local'.")
    plan = planned.load(stack)
    if plan.is_local:
        return _running(f"The stack '{stack}' needs the embedded AWS; start it with 'make local'.")
    return Subject(stack=plan, client=aws_clients(plan.region, plan.file.config.get("aws:profile")))


def _running(sentence: str) -> Subject:
    """Return the running local stack at its own endpoint, with its own key."""
    try:
        outputs = RunningStack(ROOT).outputs()
    except UserError as error:
        raise UserError(sentence, exit_code=WRONG_USAGE) from error
    clients = Clients(outputs["awsEndpointUrl"], AccessKey.of_outputs(outputs))
    return Subject(stack=planned.load(outputs["stackName"]), client=clients.get)


def aws_clients(region: str, profile: str | None) -> ClientFactory:
    """Return clients with the user's credentials, or those of the stack's `aws:profile`.

    Raises:
        UserError: there is no such profile.
    """
    try:
        session = boto3.Session(region_name=region, profile_name=profile)
    except Exception as error:
        raise UserError(f"{error}; the stack sets it as aws:profile.") from error
    # The stubs know one overload per service name, which a name in a variable matches none of.
    create: Callable[..., Any] = session.client
    return functools.cache(lambda service: create(service, config=_CALLS))
