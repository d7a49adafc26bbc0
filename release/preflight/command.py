"""`python -m release preflight`: checks an AWS account with read-only calls before a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from orderctl.cli_support import WRONG_USAGE
from orderctl.output import progress
from release.preflight import issuer, planned, runner
from release.preflight.check import Target
from release.preflight.finding import has_failed, report
from tooling.clients import Clients, session_clients
from tooling.errors import UserError
from tooling.root import ROOT
from tooling.running import RunningStack
from tooling.signing import AccessKey

if TYPE_CHECKING:
    from pathlib import Path

    from tooling.clients import ClientFactory

_CALLS = Config(
    connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3}
)


def preflight(stack: str | None, *, as_json: bool, root: Path = ROOT) -> bool:
    """Check the account for a stack, or for the running local one; return whether nothing failed.

    Raises:
        UserError: the stack is unknown, or its configuration cannot be read.
    """
    target = _target(stack, root)
    with progress("Checking the account ..."):
        findings = list(runner.run(target))
    report(target.stack.file.stack, findings).show(as_json=as_json)
    return not has_failed(findings)


def _target(stack: str | None, root: Path) -> Target:
    if stack is None:
        sentence = "Name a stack with --stack NAME, or start a local one with 'make local'."
        return _running(sentence, root)
    plan = planned.load(stack, root)
    if plan.is_local:
        sentence = f"The stack '{stack}' needs the embedded AWS; start it with 'make local'."
        return _running(sentence, root)
    clients = aws_clients(plan.region, plan.file.config.get("aws:profile"))
    return Target(stack=plan, client=clients, read_url=issuer.read)


def _running(sentence: str, root: Path) -> Target:
    """Return the running local stack, at its own endpoint and with its own key."""
    try:
        outputs = RunningStack(root).outputs()
    except UserError as error:
        raise UserError(sentence, exit_code=WRONG_USAGE) from error
    clients = Clients(outputs["awsEndpointUrl"], AccessKey.of_outputs(outputs))
    plan = planned.load(outputs["stackName"], root)
    return Target(stack=plan, client=clients.get, read_url=issuer.read)


def aws_clients(region: str, profile: str | None) -> ClientFactory:
    """Return clients with the user's credentials, or those of the stack's `aws:profile`.

    Raises:
        UserError: there is no such profile.
    """
    try:
        session = boto3.Session(region_name=region, profile_name=profile)
    except BotoCoreError as error:
        raise UserError(f"{error}; the stack's aws:profile names it.") from error
    return session_clients(session, _CALLS)
