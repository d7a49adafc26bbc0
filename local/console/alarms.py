"""The alarms and their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from local.console.pages import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute


def show(request: Request) -> Response:
    """Show the page."""
    return page(request, "alarms.html")


routes: list[BaseRoute] = [Route("/alarms", show)]
