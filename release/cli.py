"""The commands of `python -m release`; each target of the Makefile with the same name runs one."""

from __future__ import annotations

from typing import Annotated

import typer

from orderctl import cli_support as cli
from tooling.errors import UserError

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
    with cli.reporting():
        from release.preflight.command import preflight  # noqa: PLC0415 (slow imports)

        if not preflight(stack_name, as_json=as_json):
            raise typer.Exit(cli.FAILED)


@app.command()
def smoke(
    context: typer.Context,
    *,
    credentials: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A file with a token (auth: jwt) or an API key; - for standard input. Without it, "
            "the API key is read from API Gateway.",
        ),
    ] = None,
    recipient: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Who gets the confirmation: by default the SES mailbox simulator, or, where "
            "emails go through an SMTP server, their sender.",
        ),
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, max=3600, help="For each step.")
    ] = 90,
    keep: Annotated[bool, typer.Option("--keep", help="Do not remove the order.")] = False,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Send a synthetic order through a deployed stack, follow it, and remove it again."""
    with cli.reporting("the synthetic order is removed."):
        from orderctl import stack  # noqa: PLC0415 (slow imports)
        from release import smoke, smoke_view  # noqa: PLC0415 (slow imports)

        if credentials == "-" == outputs_file:
            raise UserError(
                "Standard input can be --credentials or --outputs, not both.",
                exit_code=cli.WRONG_USAGE,
            )
        target = stack.from_options(context, stack_name, outputs_file)
        options = smoke.SmokeOptions(
            timeout_seconds=timeout,
            credential=None if credentials is None else smoke.read_credential(credentials),
            recipient=recipient,
            keep=keep,
            stack_option=smoke_view.stack_option(stack_name, outputs_file),
        )
        smoke_view.show(lambda report: smoke.run(target, options, report), as_json=as_json)
