"""The console's application: its pages in the order of the navigation, events, and static files."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx
import pulumi
from botocore.exceptions import BotoCoreError, ClientError
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from local.console import (
    alarms,
    attempts,
    audit,
    cost,
    dead_letters,
    explorer,
    fault_pages,
    graph,
    mailbox,
    orders,
    runbook,
)
from local.console.access import Guard
from local.console.badges import badges
from local.console.pages import FOLDER, Console, Link, console_of, page
from local.console.records import Records
from local.console.snapshot import Snapshot
from local.console.topics import Topics
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from types import ModuleType

    from starlette.requests import Request
    from starlette.responses import Response

    from local.deployment.deployment import Deployment
    from local.faults import Faults
    from local.monitoring.activity import Activity
    from local.monitoring.alarms import AlarmStatus

# In the order of the navigation. Pages without a link there are reached from others.
PAGES: list[tuple[Link | None, ModuleType]] = [
    (Link("/", "Graph"), graph),
    (Link("/orders", "Orders"), orders),
    (Link("/mailbox", "Mailbox"), mailbox),
    (Link("/dead-letters", "Dead letters"), dead_letters),
    (Link("/alarms", "Alarms"), alarms),
    (None, runbook),
    (Link("/audit", "Audit"), audit),
    (Link("/try", "Try"), attempts),
    (Link("/api", "API"), explorer),
    (Link("/faults", "Faults"), fault_pages),
    (Link("/cost", "Cost"), cost),
]
# Errors of calls to the emulator, and of a configuration that is newer than this process.
_FAILURES = (BotoCoreError, ClientError, httpx.HTTPError, UserError, pulumi.RunError)
# Seconds between comments that keep an idle connection of a browser open.
_PING_SECONDS = 15


def create_app(
    *,
    deployment: Deployment,
    activity: Activity,
    faults: Callable[[], Faults],
    token: str,
    topics: Topics | None = None,
    alarms: Callable[[], Sequence[AlarmStatus]] = list,
) -> Starlette:
    """Return the console of a stack.

    Args:
        deployment: The stack that runs on the embedded AWS.
        activity: What its functions have logged.
        faults: Returns a client of the faults that are injected there.
        token: What a browser needs.
        topics: Where others publish that something has changed.
        alarms: Returns the alarms that are evaluated here, and why others are not.
    """
    app = Starlette(
        routes=[
            *(route for _, module in PAGES for route in module.routes),
            Route("/events", _events),
            Mount("/static", StaticFiles(directory=FOLDER / "static")),
        ],
        middleware=[Middleware(Guard, token=token)],
        exception_handlers={HTTPException: _refused, **dict.fromkeys(_FAILURES, _failed)},
    )
    app.state.console = Console(
        deployment=deployment,
        activity=activity,
        faults=faults,
        topics=topics or Topics(),
        records=Records(deployment, activity),
        alarms=alarms,
    )
    app.state.navigation = [link for link, _ in PAGES if link]
    app.state.badges = Snapshot(lambda: badges(app.state.console))
    return app


async def _events(request: Request) -> Response:
    """Stream the names of topics that have changed."""

    async def messages() -> AsyncIterator[dict[str, str]]:
        async for changed in console_of(request).topics.changes():
            yield {"data": " ".join(changed)}

    return EventSourceResponse(messages(), ping=_PING_SECONDS)


def _refused(request: Request, error: Exception) -> Response:
    """Show why a page is not there, or a form is not accepted."""
    status = getattr(error, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR)
    title = HTTPStatus(status).phrase.capitalize()
    message = getattr(error, "detail", "")
    return page(
        request,
        "error.html",
        status=status,
        title=title,
        message="" if message.capitalize() == title else message,
    )


def _failed(request: Request, error: Exception) -> Response:
    """Show what the emulator has refused, or that it does not respond."""
    return page(
        request,
        "error.html",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        title="Not available",
        message=str(error),
    )
