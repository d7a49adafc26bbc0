"""The page "Faults": injects and removes faults, pauses and resumes workflows."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from local.console.pages import back, console_of, page
from local.faults import DEFAULT_DELAY, LONGEST_DELAY, Fault, effect_of
from orderctl import workflow
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from local.faults import Effect

_PATH: Final = "/faults"
_TOPIC: Final = "faults"
_SECONDS: Final = re.compile("[0-9]{1,4}")
# Whether the workflow is enabled afterwards.
_ACTIONS: Final = {"pause": False, "resume": True}
# What each effect does, for the page.
_MEANINGS: Final[Mapping[Effect, str]] = {
    "refuse": "refuse: an error at once",
    "delay": "delay: later by some seconds",
    "crash": "crash: the process ends",
}


def _show(request: Request) -> Response:
    faults = console_of(request).faults()
    active = {fault.hop: fault for fault in faults.active()}
    hops = faults.hops()
    return page(
        request,
        "faults.html",
        active=active,
        functions={
            hop: [each for each in hops if _is_of(each, hop)] for hop in hops if ":" not in hop
        },
        meanings=_MEANINGS,
        **_workflows(request),
        default_delay=DEFAULT_DELAY,
        longest_delay=LONGEST_DELAY,
    )


def _workflows(request: Request) -> dict[str, Any]:
    """Return the states of the workflows, or why they cannot be read."""
    try:
        return {"workflows": workflow.states(console_of(request).records.stack()), "missing": None}
    except UserError as error:
        return {"workflows": {}, "missing": str(error)}


def _is_of(hop: str, function: str) -> bool:
    return hop.partition(":")[0] == function


async def _inject(request: Request) -> Response:
    form = await request.form()
    fields = {name: str(value) for name, value in form.items()}
    try:
        fault = _fault(fields)
        await run_in_threadpool(lambda: console_of(request).faults().inject(fault))
    except UserError as error:
        return back(_PATH, f"No fault was injected: {error}")
    console_of(request).topics.publish(_TOPIC)
    return back(_PATH, f"Injected: {fault.text}.")


def _fault(fields: Mapping[str, str]) -> Fault:
    """Return the fault that a form describes.

    Raises:
        UserError: a value is not allowed.
    """
    effect, seconds = effect_of(fields.get("effect", "")), fields.get("seconds", "")
    if effect == "delay" and not _SECONDS.fullmatch(seconds):
        raise UserError(f"A delay has 1 to {LONGEST_DELAY} whole seconds, and not '{seconds}'.")
    return Fault(
        hop=fields.get("hop", ""),
        effect=effect,
        seconds=int(seconds) if effect == "delay" else 0,
    )


async def _remove(request: Request) -> Response:
    hop = str((await request.form()).get("hop", ""))
    try:
        await run_in_threadpool(lambda: console_of(request).faults().remove(hop))
    except UserError as error:
        return back(_PATH, f"No fault was removed: {error}")
    console_of(request).topics.publish(_TOPIC)
    return back(_PATH, f"Removed: the fault at {hop}.")


async def _set_workflow(request: Request) -> Response:
    """Pause or resume a workflow, and wait until it is."""
    name, action = request.path_params["name"], request.path_params["action"]
    enabled = _ACTIONS.get(action)
    if enabled is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    stack = console_of(request).records.stack()
    try:
        transition = await run_in_threadpool(workflow.set_enabled, stack, name, enabled=enabled)
    except UserError as error:
        return back(_PATH, f"Nothing was changed: {error}")
    console_of(request).topics.publish(_TOPIC)
    rest = f": {transition.consequence}" if transition.state == workflow.PAUSED else ""
    return back(_PATH, f"{name} is {transition.state}{rest}.")


routes: list[BaseRoute] = [
    Route(_PATH, _show),
    Route(f"{_PATH}/inject", _inject, methods=["POST"]),
    Route(f"{_PATH}/remove", _remove, methods=["POST"]),
    Route(f"{_PATH}/workflows/{{name}}/{{action}}", _set_workflow, methods=["POST"]),
]
