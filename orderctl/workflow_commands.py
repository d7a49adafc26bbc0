"""The commands of `orderctl workflow`: list, pause, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderctl import cli_support as cli

if TYPE_CHECKING:
    from orderctl.stack import Stack

workflow = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

_Name = Annotated[str, typer.Argument(help="The workflow's name, as in `workflow list`.")]


@workflow.callback()
def workflows(
    context: typer.Context,
    *,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """List, pause or resume workflows, by their event source mappings."""
    cli.set_defaults(context, stack_name=stack_name, outputs_file=outputs_file, as_json=as_json)


@workflow.command("list")
def list_(
    context: typer.Context,
    *,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """List every workflow, the order queue and the relay: enabled or paused."""
    with cli.reporting():
        from orderctl import render, stack, workflow  # noqa: PLC0415 (slow imports)

        target = stack.from_options(context, stack_name, outputs_file)
        render.workflows_view(workflow.states(target)).show(as_json=as_json)


@workflow.command()
def pause(
    context: typer.Context,
    name: _Name,
    *,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Stop a workflow's function from getting messages, which wait until it is resumed.

    What the function has received is processed. The alarm on the oldest message goes on.
    """
    with cli.reporting():
        from orderctl import stack  # noqa: PLC0415 (slow import)

        target = stack.from_options(context, stack_name, outputs_file)
        _set_enabled(target, name, enabled=False, as_json=as_json)


@workflow.command()
def resume(
    context: typer.Context,
    name: _Name,
    *,
    stack_name: cli.StackName = None,
    outputs_file: cli.OutputsFile = None,
    as_json: cli.Json = False,
) -> None:
    """Let a workflow's function get messages again."""
    with cli.reporting():
        from orderctl import stack  # noqa: PLC0415 (slow import)

        target = stack.from_options(context, stack_name, outputs_file)
        _set_enabled(target, name, enabled=True, as_json=as_json)


def _set_enabled(target: Stack, name: str, *, enabled: bool, as_json: bool) -> None:
    """Resume or pause a workflow, showing the seconds, and print its state."""
    from orderctl import output, render, workflow  # noqa: PLC0415 (slow imports)

    doing = "Resuming" if enabled else "Pausing"
    with output.progress(f"{doing} {name}, seconds:") as advance:
        transition = workflow.set_enabled(target, name, enabled=enabled, progress=advance)
    render.transition_view(transition).show(as_json=as_json)
