"""Runs a Pulumi program in this process, with mocks instead of the engine."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pulumi
from pulumi.runtime import settings
from pulumi.runtime.settings import SETTINGS
from pulumi.runtime.stack import run_pulumi_func

from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tooling.stackfile import StackFile

    Program = Callable[[], object]

# Resources that are created at a time. The emulator has one thread, so more would queue there.
_PARALLEL = 8
_log = logging.getLogger("pulumi.program")
_log.addHandler(logging.NullHandler())  # else a program's messages go to standard error


def run(
    mocks: pulumi.runtime.Mocks, stackfile: StackFile, *, preview: bool = False
) -> dict[str, object]:
    """Run the project's `__main__.py` and return the stack's outputs.

    Args:
        mocks: Creates the resources.
        stackfile: The project, the stack and its configuration.
        preview: Whether the provider's outputs are unknown, as in `pulumi preview`; a stack output
            that depends on one is then None.
    """
    return run_function(
        mocks, stackfile, lambda: _execute(stackfile.root / "__main__.py"), preview=preview
    )


def run_function(
    mocks: pulumi.runtime.Mocks, stackfile: StackFile, function: Program, *, preview: bool = False
) -> dict[str, object]:
    """Run a function as if it were the project's `__main__.py`; the program's errors are raised."""
    # The runtime keeps its settings in context variables, so each event loop has its own.
    with _threads() as threads, asyncio.Runner() as runner:
        loop = runner.get_loop()
        loop.set_default_executor(threads)
        # The first error is raised, and causes the others.
        loop.set_exception_handler(lambda _loop, _context: None)
        return runner.run(_deploy(mocks, stackfile, function, preview=preview))


async def _deploy(
    mocks: pulumi.runtime.Mocks, stackfile: StackFile, function: Program, *, preview: bool
) -> dict[str, object]:
    settings.reset_options(project=stackfile.project, stack=stackfile.stack, preview=preview)
    pulumi.runtime.set_mocks(
        mocks, stackfile.project, stackfile.stack, preview, logger=_log, organization="local"
    )
    pulumi.runtime.set_all_config(stackfile.config)
    await run_pulumi_func(lambda: _complete(function))
    root = settings.get_root_resource()
    exported: dict[str, object] = getattr(root, "outputs", {})
    return {
        name: await pulumi.Output.from_input(value).future() for name, value in exported.items()
    }


async def _complete(function: Program) -> None:
    """Run a program, and wait for all outputs, or for the first error, which the runtime raises.

    The runtime would check all outputs again after each one: a fifth of a program's time.
    """
    function()
    failed = False
    while (outputs := list(SETTINGS.outputs)) and not failed:
        done, _ = await asyncio.wait(outputs, return_when=asyncio.FIRST_EXCEPTION)
        failed = any(output.cancelled() or output.exception() for output in done)


def _execute(path: Path) -> None:
    """Execute a script as `__main__`, and keep this process's own, which `runpy` would replace."""
    spec = importlib.util.spec_from_file_location("__main__", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UserError(f"There is no program {path}.")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    """Threads with an event loop each, which the runtime needs for its mocks and does not close."""
    loops: list[asyncio.AbstractEventLoop] = []

    def open_loop() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    try:
        with ThreadPoolExecutor(_PARALLEL, "pulumi", open_loop) as executor:
            yield executor
    finally:
        for loop in loops:
            loop.close()
