"""The bodies of the commands `record`, `canary`, `rollback` and `deploy`."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
import typer
from botocore.config import Config

import orderctl.stack
from orderctl import cli_support as cli
from release import deploy, pulumi
from release.smoke import api, runner, view
from release.versions import record, rollback
from release.versions.alarms import Alarms
from release.versions.aliases import Aliases
from release.versions.canary import Canary, Steps
from release.versions.traffic import Traffic
from tooling.clients import session_clients
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orderctl.stack import Outputs, Stack
    from release.smoke.model import SmokeOptions
    from tooling.clients import ClientFactory

_CALLS = Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 6}
)


def from_options(context: typer.Context, stack_name: str | None, outputs_file: str | None) -> Stack:
    """Connect to the stack that --stack or --outputs names, or else to the running local one."""
    return connect(context, orderctl.stack.find_outputs(stack=stack_name, file=outputs_file))


def connect(context: typer.Context, outputs: Outputs) -> Stack:
    """Return the stack that these outputs describe, with clients that retry every call."""
    own = context.ensure_object(cli.Settings).connect
    return own(outputs) if own else orderctl.stack.connect(outputs, clients=_clients)


def _clients(region: str) -> ClientFactory:
    return session_clients(boto3.Session(region_name=region), _CALLS)


def begin_record(stack: Stack) -> None:
    """Record the live versions, and print them."""
    typer.echo(f"Recorded as live: {record.listed(record.begin(Aliases(stack)))}.")


def release_versions(stack: Stack, *, retry: bool, ignore_firing: bool) -> None:
    """Release what is published in steps; without `canary`, complete the record."""
    aliases, steps = Aliases(stack), stack.outputs.canary
    if not steps.steps:
        released = record.complete_update(aliases, aliases.read())
        versions = record.listed(released) or "no function"
        typer.echo(f"Released by `pulumi up`, all at once: {versions}.")
        return
    canary = Canary(
        aliases=aliases,
        alarms=Alarms(stack),
        traffic=Traffic(stack),
        steps=Steps(percentages=steps.steps, bake_seconds=60 * steps.bake_minutes),
        report=typer.echo,
        retry=retry,
        ignore_firing=ignore_firing,
    )
    typer.echo("Released." if canary.run() else "Nothing to release: every version is live.")


def roll_back(stack: Stack, to: Sequence[str], *, dry_run: bool) -> None:
    """Return to the versions before the last release, or functions to named versions."""
    aliases = Aliases(stack)
    functions = aliases.read()
    typer.echo(f"Live: {record.listed(functions)}.")
    moves = (
        rollback.plan_to(aliases, functions, dict(map(_version, to)))
        if to
        else rollback.plan(aliases, functions)
    )
    if not moves:
        typer.echo("Nothing to roll back: the versions before the last release are live.")
    elif dry_run:
        typer.echo("A rollback would return:")
        for move in moves:
            typer.echo(f"  {move}")
    else:
        typer.echo("Rolled back:")
        rollback.run(aliases, functions, moves, typer.echo)
        typer.echo(_after_rollback(stack.outputs))


def _version(text: str) -> tuple[str, str]:
    package, separator, version = text.partition("=")
    if not separator or not version.isdecimal():
        raise UserError(
            f"'{text}' is not a function and a version; write --to email=6.",
            exit_code=cli.WRONG_USAGE,
        )
    return package, version


def _after_rollback(outputs: Outputs) -> str:
    if outputs.canary.steps:
        return "Only `release canary --retry` returns to these versions; deploy a fix."
    return (
        "Pulumi's state still has the versions that were rolled back: `pulumi up` moves an alias "
        "when its function changes, and after `pulumi refresh` to the version that was rolled "
        "back. Revert the change, or deploy a fix."
    )


def deploy_stack(
    context: typer.Context,
    name: str,
    *,
    policy_packs: Sequence[str],
    options: SmokeOptions | None,
    credentials: str | None,
    ignore_firing: bool,
) -> None:
    """Deploy a stack.

    Args:
        context: The command's context.
        name: The stack's name.
        policy_packs: The folders of policy packs.
        options: The smoke test's options; None leaves it out.
        credentials: The file of the smoke test's token or key, which is read again for the test,
            because a token may expire during a canary.
        ignore_firing: Whether alarms that are in ALARM at the start do not judge.

    Raises:
        UserError: the Pulumi CLI is missing, or the smoke test would fail for its options; nothing
            was changed.
        DeploymentError: a step failed.
    """
    pulumi.find_cli()
    if options:
        _check_options(name, options)

    @functools.cache
    def outputs() -> Outputs:
        """Return the outputs after `pulumi up`; the CLI reads them once."""
        return orderctl.stack.find_outputs(stack=name, file=None)

    def aliases() -> Aliases | None:
        deployed = orderctl.stack.deployed_outputs(name)
        return Aliases(connect(context, deployed)) if deployed else None

    def canary() -> None:
        stack = connect(context, outputs())
        release_versions(stack, retry=False, ignore_firing=ignore_firing)

    def test(options: SmokeOptions) -> None:
        if credentials not in (None, "-"):
            options = replace(options, credential=api.read_credential(credentials))
        stack = orderctl.stack.connect(outputs())
        view.show(lambda report: runner.run(stack, options, report), as_json=False)

    deploy.run(
        deploy.Steps(
            aliases=aliases,
            up=lambda: pulumi.up(name, policy_packs),
            canary=canary,
            smoke=functools.partial(test, options) if options else None,
            report=typer.echo,
        )
    )
    typer.echo(f"Deployed {name}.")


def _check_options(name: str, options: SmokeOptions) -> None:
    """Refuse options with which the smoke test fails, so that nothing is deployed and undone."""
    auth = pulumi.configured(name, "auth")
    try:
        api.check_credential(auth, options.credential)
        if options.recipient is not None:
            api.check_recipient(options.recipient)
    except UserError as error:
        raise UserError(
            f"{error} Nothing was deployed; --no-smoke deploys without the test.",
            exit_code=cli.WRONG_USAGE,
        ) from error
