"""The commands of `python -m release`; each target of the Makefile with the same name runs one."""

from __future__ import annotations

import typer

# Without markup, help and errors are plain text, which no frame truncates.
app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def release() -> None:
    """Check an account, release a stack in steps, test it with an order, or roll it back."""
