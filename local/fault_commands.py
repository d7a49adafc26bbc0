"""The commands of `python -m local faults`: list, inject, remove."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any

import typer

from local.faults import DEFAULT_DELAY, LONGEST_DELAY, Fault, Faults, effect_of
from local.running_commands import reporting

faults = typer.Typer()

_Hop = Annotated[
    str, typer.Argument(metavar="HOP", help="A function, or its calls of a service: email:ses.")
]


@faults.callback(invoke_without_command=True)
def main(context: typer.Context) -> None:
    """Inject faults into the running local stack, and remove them."""
    if context.invoked_subcommand is None:
        list_(context)


@faults.command("list")
def list_(
    context: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """List every hop of an order, and the faults that are injected."""
    with reporting():
        client = _client(context)
        hops, active = client.hops(), client.active()
        if as_json:
            rows: list[dict[str, Any]] = [dataclasses.asdict(fault) for fault in active]
            typer.echo(json.dumps({"hops": hops, "faults": rows}, indent=2))
            return
        texts = {fault.hop: fault.text for fault in active}
        typer.echo("\n".join(texts.get(hop, hop) for hop in hops))


@faults.command()
def inject(
    context: typer.Context,
    hop: _Hop,
    effect: Annotated[
        str,
        typer.Argument(
            metavar="EFFECT",
            help="refuse: AWS throttles; delay: it is late; crash: the function's process ends.",
        ),
    ],
    *,
    seconds: Annotated[
        float | None,
        typer.Option(
            help=f"How long a delay is, 1 to {LONGEST_DELAY}; without it, {DEFAULT_DELAY}."
        ),
    ] = None,
) -> None:
    """Inject a fault at a hop, in place of the one that is there."""
    with reporting():
        default = DEFAULT_DELAY if effect == "delay" else 0
        fault = Fault(
            hop=hop, effect=effect_of(effect), seconds=default if seconds is None else seconds
        )
        _client(context).inject(fault)
        typer.echo(f"Injected: {fault.text}.")


@faults.command()
def remove(context: typer.Context, hop: _Hop) -> None:
    """Remove the fault of a hop."""
    with reporting():
        existed = _client(context).remove(hop)
        typer.echo(f"Removed the fault of {hop}." if existed else f"{hop} has no fault.")


def _client(context: typer.Context) -> Faults:
    return Faults(context.obj.running.outputs())
