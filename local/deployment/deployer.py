"""Deploys stacks to the emulator: creates, changes and deletes what a program's resources need."""

from __future__ import annotations

import json
from dataclasses import replace
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any, Final

from local.deployment import program
from local.deployment.adapters import ADAPTERS, Target
from local.deployment.engine import Changes, Deployer, Planner
from local.deployment.record import Record
from tooling.errors import UserError
from tooling.signing import REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pulumi

    from local.deployment.engine import Progress
    from local.deployment.resources import Resource
    from local.emulator.emulator import Emulator
    from tooling.clients import ClientFactory
    from tooling.stackfile import StackFile

# The sender of a stack that has none: no email leaves this machine.
SENDER: Final = "orders@example.com"


def deploy(
    emulator: Emulator,
    stackfile: StackFile,
    *,
    function: Callable[[], object] | None = None,
    progress: Progress = lambda _type, _name: None,
    storefront_url: str = "",
) -> dict[str, Any]:
    """Deploy a new stack to a running emulator and return its outputs.

    Args:
        emulator: The target.
        stackfile: The stack and its configuration.
        function: A program in place of the project's `__main__.py`.
        progress: Called after every AWS resource.
        storefront_url: Where the storefront's files are served, if anywhere.
    """
    target = target_of(emulator.client, emulator.url, storefront_url)
    outputs, _ = update(target, stackfile, Record(), function=function, progress=progress)
    return outputs


def target_of(client: ClientFactory, url: str, storefront_url: str = "") -> Target:
    """Return the target for the adapters: an emulator's clients and URL."""
    return Target(
        client=client,
        url=url,
        region=REGION,
        account_id=client("sts").get_caller_identity()["Account"],
        storefront_url=storefront_url,
    )


def update(
    target: Target,
    stackfile: StackFile,
    record: Record,
    *,
    function: Callable[[], object] | None = None,
    progress: Progress = lambda _type, _name: None,
    check: Callable[[Sequence[Resource]], object] = lambda _planned: None,
) -> tuple[dict[str, Any], Changes]:
    """Run a program: create what is new, change what differs, delete what is gone.

    Where something is deployed already, the program is run without a change first, so that an error
    in it, or in what it deploys, changes nothing.

    Args:
        target: Where the resources are.
        stackfile: The stack and its configuration.
        record: The deployed resources, in which every change is recorded.
        function: A program in place of the project's `__main__.py`.
        progress: Called after every AWS resource.
        check: Called before an update with what is new or differs; raises an error to refuse it.

    Returns:
        The stack's outputs, and what was done.

    Raises:
        UserError: a change would lose data, or the emulator refuses one.
    """
    stackfile = _local_settings(target, stackfile)
    if record.resources:
        planner = Planner(target, record)
        outputs = _run(planner, stackfile, function, preview=True)
        if not planner.differing and not planner.gone:
            return outputs, Changes()
        check(planner.differing)
    _verify_sender(target, stackfile)
    is_update, deployer = bool(record.resources), Deployer(target, record, progress)
    try:
        outputs = _run(deployer, stackfile, function)
        deployer.delete_others()
    except UserError as error:
        if not is_update or not deployer.changes:
            raise
        done = "; ".join(deployer.changes.lines)
        raise UserError(f"{error} The next update continues after this one ({done}).") from error
    return outputs, deployer.changes


def _run(
    mocks: pulumi.runtime.Mocks,
    stackfile: StackFile,
    function: Callable[[], object] | None,
    *,
    preview: bool = False,
) -> dict[str, Any]:
    if function is None:
        return program.run(mocks, stackfile, preview=preview)
    return program.run_function(mocks, stackfile, function, preview=preview)


def _local_settings(target: Target, stackfile: StackFile) -> StackFile:
    """Return the settings with the emulator's endpoints, and a sender if the stack has none."""
    services = sorted({kind.split(":")[1].split("/")[0] for kind in ADAPTERS})
    endpoints = json.dumps([dict.fromkeys(services, target.url)])
    key = f"{stackfile.project}:emailFrom"
    sender = stackfile.config.get(key) or SENDER
    return replace(stackfile, config={**stackfile.config, key: sender, "aws:endpoints": endpoints})


def _verify_sender(target: Target, stackfile: StackFile) -> None:
    """Create the sender's identity, which on AWS its owner verifies by a link in an email."""
    _, sender = parseaddr(stackfile.config[f"{stackfile.project}:emailFrom"])
    ses = target.client("sesv2")
    identities = ses.list_email_identities()["EmailIdentities"]
    if sender and sender not in [identity["IdentityName"] for identity in identities]:
        ses.create_email_identity(EmailIdentity=sender)
