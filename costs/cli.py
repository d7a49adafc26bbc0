"""The command `python -m costs`: what a stack costs a month, resource by resource."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from costs import orders, prices
from costs.recording import graph_of
from costs.report import Report
from tooling import stackfile
from tooling.errors import UserError, reporting
from tooling.root import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# The stack that the README deploys first.
_DEFAULT_STACK = "dev"

_WRONG_USAGE = 2

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def cost(
    context: typer.Context,
    *,
    stack: Annotated[
        str, typer.Option(help="A stack with a Pulumi.<stack>.yaml, or an example.")
    ] = _DEFAULT_STACK,
    number: Annotated[
        str, typer.Option("--orders", metavar="N", help="The orders of a month.")
    ] = str(orders.DEFAULT_ORDERS),
    rate: Annotated[
        str | None,
        typer.Option(
            metavar="N",
            help="Orders a second while there are any; without it they spread over the month.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what a stack costs a month, resource by resource, from its file and a price table.

    It needs neither AWS nor the Pulumi CLI.
    """
    # Tests have stack files of their own.
    folder = context.obj or ROOT
    with reporting("nothing was changed.", _explain):
        report = _report(folder, stack, number, rate)
        if as_json:
            typer.echo(json.dumps(report.as_json(), indent=2))
        else:
            typer.echo("\n".join(report.text()))


def _report(folder: Path, stack: str, number: str, rate: str | None) -> Report:
    count = orders.orders_of_text(number)
    per_second = orders.rate_of_text(rate, count) if rate else None
    try:
        file = stackfile.find(stack, folder)
        region = stackfile.load(stack, folder, file).config.get("aws:region", prices.REGION)
    except UserError as error:
        raise UserError(str(error), exit_code=_WRONG_USAGE) from error
    return Report(stack=stack, region=region, graph=graph_of(file), orders=count, rate=per_second)


def _explain(error: Exception) -> tuple[str, int] | None:
    return (str(error), error.exit_code) if isinstance(error, UserError) else None
