"""The command `python -m openapi`."""

from pathlib import Path
from typing import Annotated

import pulumi
import typer

from infra.config import StackConfig
from openapi import committed
from openapi.descriptions import MissingDescriptionError
from openapi.document import text
from openapi.request_body import UnknownRuleError
from tooling.errors import UserError

_STACK = Annotated[
    str | None, typer.Option(help="The stack whose Pulumi.<stack>.yaml says what its API is like.")
]
_FILE = Annotated[Path | None, typer.Option(help="Another such file, wherever it lies.")]
_WRITE = Annotated[
    bool, typer.Option("--write", help="Write every document of the repository anew instead.")
]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(stack: _STACK = None, file: _FILE = None, *, write: _WRITE = False) -> None:
    """Print the OpenAPI document of a stack's API; without a stack, that of the default configuration."""
    try:
        if write:
            committed.write()
        else:
            typer.echo(text(_configuration(stack, file)), nl=False)
    except (UserError, MissingDescriptionError, UnknownRuleError, pulumi.RunError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _configuration(stack: str | None, file: Path | None) -> StackConfig:
    if file:
        return committed.of_file(file)
    return committed.of_stack(stack) if stack else committed.by_default()
