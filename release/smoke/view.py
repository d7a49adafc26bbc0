"""Prints a smoke test: a line when a step is passed, or one JSON object at the end."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from orderctl import render
from orderctl.output import Line, View
from release.smoke.model import SmokeTestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from release.smoke.model import Step

    Report = Callable[[Step], None]


def show(test: Callable[[Report], object], *, as_json: bool) -> None:
    """Run a test, and print its steps; where one fails, the order's timeline as well.

    Raises:
        SmokeTestError: the test's own.
    """
    steps: list[Step] = []
    failure: SmokeTestError | None = None

    def report(step: Step) -> None:
        steps.append(step)
        if not as_json:
            _line(step).show(as_json=False)

    try:
        test(report)
    except SmokeTestError as error:
        failure = error
    order = render.timeline_view(failure.order) if failure and failure.order else None
    if as_json:
        data = {
            "passed": failure is None,
            "steps": [vars(step) for step in steps],
            "failedStep": failure and failure.step,
            "order": order and order.data,
        }
        View(data=data, parts=()).show(as_json=True)
    elif order is not None:
        order.show(as_json=False)
    if failure is not None:
        raise failure
    if not as_json:
        View(data={}, parts=[Line("The smoke test passed.", "green")]).show(as_json=False)


def stack_option(stack: str | None, outputs_file: str | None) -> str:
    """Return the option that names the stack in a command to paste."""
    if stack is not None:
        return f"--stack {shlex.quote(stack)}"
    return "" if outputs_file is None else f"--outputs {shlex.quote(outputs_file)}"


def _line(step: Step) -> View:
    text = f"{step.seconds:7.2f} s  {step.name:<10} {step.detail}"
    return View(data={}, parts=[Line(text.rstrip())])
