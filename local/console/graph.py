"""The graph of the deployed system with live figures, and the details of each node."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route

from local.console.drawing import NARROW, WIDE, draw
from local.console.figures import figures
from local.console.node_details import details
from local.console.nodes import SHORT_TITLES
from local.console.pages import console_of, page
from local.console.topology import topology

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

# The newest log lines beside the graph.
_EVENTS = 25


def show(request: Request) -> Response:
    """Show the graph, and beside it the node that the path names."""
    console = console_of(request)
    settings = console.deployment.settings
    graph = topology(console.deployment.resources, settings.prefix)
    node_id = request.path_params.get("node")
    if node_id is not None and node_id not in graph.nodes:
        raise HTTPException(404, f"The stack has no {node_id}.")
    return page(
        request,
        "graph.html",
        section="/",
        graph=graph,
        drawings=[draw(graph, style) for style in (WIDE, NARROW)],
        KINDS=SHORT_TITLES,
        figures=figures(console, graph),
        events=console.activity.events()[: -_EVENTS - 1 : -1],
        selected=details(console, graph, graph.nodes[node_id]) if node_id else None,
    )


routes: list[BaseRoute] = [Route("/", show), Route("/nodes/{node:path}", show)]
