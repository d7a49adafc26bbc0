"""The page "Cost": what a month costs on AWS at an assumed number of orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.responses import FileResponse
from starlette.routing import Route

from costs import prices
from costs.graph import Graph, Resource
from costs.month import month
from costs.orders import DEFAULT_ORDERS, LEAST_ORDERS, MOST_ORDERS, orders_of_text
from costs.usage import SECONDS_PER_MONTH, most_first, totals
from local.console.pages import console_of, page
from tooling.errors import UserError
from tooling.root import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from local.deployment.resources import Resource as Deployed

# As in docs/scale.md: a million, and the orders of a month at 10, 100 and 1,000 a second.
_EXAMPLES: Final = (
    10_000,
    prices.MILLION,
    10 * SECONDS_PER_MONTH,
    100 * SECONDS_PER_MONTH,
    1_000 * SECONDS_PER_MONTH,
)
_PAGE: Final = ROOT / "docs" / "cost.md"


def graph_of(resources: Sequence[Deployed]) -> Graph:
    """Return the resource graph of a deployed stack."""
    return Graph(Resource(each.kind, each.name, each.inputs) for each in resources)


def _show(request: Request) -> Response:
    text = request.query_params.get("orders", str(DEFAULT_ORDERS))
    try:
        orders, error = orders_of_text(text), ""
    except UserError as refused:
        orders, error = DEFAULT_ORDERS, str(refused)
    costs = month(graph_of(console_of(request).deployment.resources), orders)
    return page(
        request,
        "cost.html",
        status=400 if error else 200,
        text=text,
        error=error,
        least=LEAST_ORDERS,
        most=MOST_ORDERS,
        examples=_EXAMPLES,
        orders=orders,
        services=dict(most_first(totals(costs, lambda usage: usage.price.service))),
        rate=orders / SECONDS_PER_MONTH,
        as_of=prices.AS_OF,
    )


def _explanation(_request: Request) -> Response:
    return FileResponse(_PAGE, media_type="text/plain")


routes: list[BaseRoute] = [Route("/cost", _show), Route("/cost/cost.md", _explanation)]
