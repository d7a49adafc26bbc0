"""The commands of `python -m release`; each target of the Makefile with the same name runs one."""

from __future__ import annotations

from typing import Annotated

import typer

from orderctl import cli_support as cli

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
