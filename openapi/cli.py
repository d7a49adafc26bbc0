"""The command `python -m openapi`."""

from pathlib import Path
from typing import Annotated

import pulumi
import typer

from local.errors import LocalError
from openapi import committed
from openapi.document import text

_STACK = Annotated[str, typer.Option(help="The stack whose Pulumi.<stack>.yaml says what its API is like.")]
_FILE = Annotated[Path | None, typer.Option(help="Another such file, wherever it lies.")]
_WRITE = Annotated[bool, typer.Option("--write", help="Write every document of the repository anew instead.")]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(stack: _STACK = committed.STACK, file: _FILE = None, *, write: _WRITE = False) -> None:
    """Print the OpenAPI document of a stack's API."""
    try:
        if write:
            committed.write()
        else:
            typer.echo(text(committed.of_file(file) if file else committed.of_stack(stack)), nl=False)
    except (LocalError, pulumi.RunError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
