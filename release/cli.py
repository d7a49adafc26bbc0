"""The commands of `python -m release`; each target of the Makefile with the same name runs one."""

from __future__ import annotations

from typing import Annotated

import typer

from orderctl import cli_support as cli
from tooling.errors import UserError

IgnoreFiring = Annotated[
    bool,
    typer.Option(
        "--ignore-firing", help="Alarms that are in ALARM at the start do not judge the release."
    ),
]

Credentials = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="A file with a token (auth: jwt) or an API key; - for standard input. Without it, the "
        "API key is read from API Gateway.",
    ),
]
Recipient = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Who gets the confirmation: by default the SES mailbox simulator, or, where emails go "
        "through an SMTP server, their sender.",
    ),
]

# Without markup, help and errors are plain text, which no frame truncates.
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def release() -> None:
    """Check an account, release a stack in steps, test it with an order, or roll it back."""


@app.command()
def preflight(
    *,
    stack_name: Annotated[
        str | None,
        typer.Option(
            "--stack", help="A stack or an example, whose file is read. Default: `make local`."
        ),
    ] = None,
    as_json: cli.Json = False,
) -> None:
    """Check an AWS account with read-only calls before a deployment; 1 if a check fails."""
    with cli.reporting("nothing was changed.", program="release"):
        from release.preflight.command import preflight  # noqa: PLC0415 (slow imports)

        if not preflight(stack_name, as_json=as_json):
            raise typer.Exit(cli.FAILED)


@app.command()
def smoke(
    context: typer.Context,
    *,
    credentials: Credentials = None,
    recipient: Recipient = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, max=3600, help="For each step.")
    ] = 90,
    keep: Annotated[bool, typer.Option("--keep", help="Do not remove the order.")] = False,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Send a synthetic order through a deployed stack, follow it, and remove it again."""
    with cli.reporting("the smoke test was not completed.", program="release"):
        from orderctl import stack  # noqa: PLC0415 (slow imports)
        from release.smoke import api, model, runner, view  # noqa: PLC0415 (slow imports)

        if credentials == "-" == outputs_file:
            raise UserError(
                "Standard input can be --credentials or --outputs, not both.",
                exit_code=cli.WRONG_USAGE,
            )
        target = stack.from_options(context, stack_name, outputs_file)
        options = model.SmokeOptions(
            timeout_seconds=timeout,
            credential=None if credentials is None else api.read_credential(credentials),
            recipient=recipient,
            keep=keep,
            stack_option=view.stack_option(stack_name, outputs_file),
        )
        view.show(lambda report: runner.run(target, options, report), as_json=as_json)


_WEIGHTS_STAY = (
    "versions and weights stay as they are. `release canary` continues, `release rollback` returns "
    "to the old versions."
)


@app.command()
def record(
    context: typer.Context,
    *,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
) -> None:
    """Record which versions are live, before `pulumi up`; a rollback returns to them."""
    with cli.reporting("run the same command again.", program="release"):
        from orderctl import stack  # noqa: PLC0415 (slow imports)
        from release import commands  # noqa: PLC0415 (as above)

        deployed = (
            stack.deployed_outputs(stack_name)
            if stack_name and not outputs_file
            else stack.find_outputs(stack=stack_name, file=outputs_file)
        )
        if deployed is None:
            typer.echo(f"Nothing to record: {stack_name} is not deployed yet.")
        else:
            commands.begin_record(commands.connect(context, deployed))


@app.command()
def canary(
    context: typer.Context,
    *,
    retry: Annotated[
        bool, typer.Option("--retry", help="Also release versions that were rolled back.")
    ] = False,
    ignore_firing: IgnoreFiring = False,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
) -> None:
    """Release what `pulumi up` has published in steps, or continue; an alarm rolls it back."""
    with cli.reporting(_WEIGHTS_STAY, program="release"):
        from release import commands  # noqa: PLC0415 (slow imports)

        target = commands.from_options(context, stack_name, outputs_file)
        commands.release_versions(target, retry=retry, ignore_firing=ignore_firing)


@app.command()
def rollback(
    context: typer.Context,
    *,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", help="A function and a version, such as email=6, in place of the recorded ones."
        ),
    ] = None,
    dry_run: cli.DryRun = False,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
) -> None:
    """Return to the versions before the last release, also in the middle of a canary."""
    with cli.reporting("run the same command again for the rest.", program="release"):
        from release import commands  # noqa: PLC0415 (slow imports)

        target = commands.from_options(context, stack_name, outputs_file)
        commands.roll_back(target, to or [], dry_run=dry_run)


@app.command()
def deploy(
    context: typer.Context,
    *,
    stack_name: cli.StackName = None,
    policy_packs: Annotated[
        list[str] | None,
        typer.Option("--policy-pack", help="The folder of a policy pack for `pulumi up`."),
    ] = None,
    smoke_test: Annotated[
        bool, typer.Option("--smoke/--no-smoke", help="Whether a synthetic order is sent.")
    ] = True,
    credentials: Credentials = None,
    recipient: Recipient = None,
    ignore_firing: IgnoreFiring = False,
) -> None:
    """Deploy a stack: record, `pulumi up`, canary, smoke test; roll back if the last two fail."""
    with cli.reporting(_WEIGHTS_STAY, program="release"):
        from release import commands  # noqa: PLC0415 (slow imports)
        from release.smoke import api, model, view  # noqa: PLC0415 (as above)

        if stack_name is None:
            raise UserError(
                "A deployment needs a stack, such as --stack dev.", exit_code=cli.WRONG_USAGE
            )
        options = model.SmokeOptions(
            credential=None if credentials is None else api.read_credential(credentials),
            recipient=recipient,
            stack_option=view.stack_option(stack_name, None),
        )
        commands.deploy_stack(
            context,
            stack_name,
            policy_packs=policy_packs or [],
            options=options if smoke_test else None,
            credentials=credentials,
            ignore_firing=ignore_firing,
        )
