"""The command `python -m openapi`."""

from pathlib import Path
from typing import Annotated

import pulumi
import typer

from infra.config import StackConfig
from openapi import files
from openapi.document import text
from tooling.errors import UserError
from tooling.root import ROOT

_STACK = Annotated[str | None, typer.Option(help="The stack whose document is printed.")]
_FILE = Annotated[Path | None, typer.Option(help="Its stack file, if not Pulumi.<stack>.yaml.")]
_WRITE = Annotated[bool, typer.Option("--write", help="Update docs/ and examples/ instead.")]
_CHECK = Annotated[bool, typer.Option("--check", help="Fail if docs/ or examples/ are stale.")]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    stack: _STACK = None, file: _FILE = None, *, write: _WRITE = False, check: _CHECK = False
) -> None:
    """Print the OpenAPI document of a stack's API, by default of the default configuration."""
    try:
        if check:
            _check()
        elif write:
            files.write()
        else:
            typer.echo(text(_configuration(stack, file)), nl=False)
    except (UserError, pulumi.RunError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def _configuration(stack: str | None, file: Path | None) -> StackConfig:
    if file:
        return files.load_file(file)
    return files.load(stack) if stack else files.default_configuration()


def _check() -> None:
    if stale := [path.relative_to(ROOT).as_posix() for path in files.stale()]:
        raise UserError(f"Out of date: {', '.join(stale)}; run: make docs")


if __name__ == "__main__":
    app()
