"""The orders, newest first, each with its timeline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Route

from handlers.common import exact_json
from handlers.order.order import client_view
from handlers.order.scope import is_stored_order_id
from local.calls import Call
from local.console.exchanges import exchange, new_client
from local.console.hops import hops_of
from local.console.pages import back, console_of, page
from local.console.paging import Page
from local.console.records import LOGS_FOR, is_key
from local.console.text import moment, notice, segment, tone
from orderctl import timeline as states
from orderctl.logs import FunctionLog
from orderctl.render import replay_view
from orderctl.replay import replay_order
from orderctl.sources import search_api_log
from orderctl.timeline import build_timeline
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from local.calls import Caller
    from local.console.records import Records
    from orderctl.timeline import Timeline

_SETTLED = timedelta(seconds=10)

# What the API adds to a request's content.
_ADDED = {"status", "createdAt"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """An order in the list."""

    timeline: Timeline
    at: datetime | None
    total: str

    @classmethod
    def of(cls, timeline: Timeline) -> Row:
        """Return the row of an order; other software may have stored anything."""
        order = timeline.order or {}
        total = f"{order.get('totalAmount', '')} {order.get('currency', '')}".strip()
        return cls(timeline=timeline, at=moment(order.get("createdAt")), total=total)


def show_list(request: Request) -> Response:
    """List one page of the orders, all or those that an ID finds.

    Accepted orders that could not be stored come first.
    """
    records, query = console_of(request).records, request.query_params.get("id", "").strip()
    listed = Page.of(_found(records, query), request.query_params.get("page", ""))
    unstored = records.unstored() if not query and listed.number == 1 else []
    return page(
        request,
        "orders.html",
        listed=listed,
        rows=[*map(Row.of, [*unstored, *records.timelines(listed.items)])],
        query=query,
        is_order_id=is_stored_order_id(query),
        tone=tone,
    )


def show_order(request: Request) -> Response:
    """Show everything that is known about one order."""
    records, order_id = console_of(request).records, request.path_params["order_id"]
    is_valid = is_stored_order_id(order_id)
    sources = records.sources(order_id) if is_valid else records.item(order_id)
    timeline = None if sources is None else build_timeline(sources)
    if sources is None or timeline is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "Nothing is stored or logged about this order.")
    api_log = FunctionLog()
    if is_valid:
        api_log = search_api_log(records.stack(), sources, logs_for=LOGS_FOR)
    console = console_of(request)
    hops = hops_of(
        sources,
        timeline,
        api_log=api_log,
        events=console.activity.events(order_id=order_id),
        email=records.confirmation(sources, was_sent=_was_sent(timeline)),
    )
    return page(
        request,
        "order.html",
        timeline=timeline,
        hops=hops,
        is_stored=sources.order is not None and is_valid,
        is_finished=_is_finished(timeline),
        tone=tone,
    )


def _is_finished(timeline: Timeline) -> bool:
    """Whether nothing more will happen; durations are read a moment later than the lines."""
    times = [time for step in timeline.steps if (time := moment(step.at)) is not None]
    settled = datetime.now(UTC) - _SETTLED
    return timeline.state == states.DONE and all(time < settled for time in times)


def _was_sent(timeline: Timeline) -> bool:
    return any(step.step == "emailed" and step.state == states.DONE for step in timeline.steps)


async def replay(request: Request) -> Response:
    """Publish a stored order again, through the relay."""
    order_id, records = await _order_id(request), console_of(request).records

    def publish() -> str:
        try:
            return notice(replay_view(replay_order(records.stack(), order_id), dry_run=False))
        except UserError as error:
            return str(error)

    return back(f"/orders/{segment(order_id)}", await run_in_threadpool(publish))


async def send_again(request: Request) -> Response:
    """Send the request of a stored order to the API once more, as a client that retries does."""
    order_id, console = await _order_id(request), console_of(request)
    path = f"/orders/{segment(order_id)}"
    caller = await run_in_threadpool(lambda: console.deployment.caller)
    sources = await run_in_threadpool(console.records.item, order_id)
    body = None if sources is None else _request_body(sources.order or {}, caller)
    if body is None:
        return back(path, "Not sent: the request cannot be derived from the stored order.")
    call = Call(url=caller.url, headers={"Content-Type": "application/json"}, body=body)
    async with new_client() as client:
        response = await exchange(caller, call, client)
    if response.problem:
        return back(path, f"{response.problem}.")
    if response.is_replay:
        return back(path, f"{response.status}: known already, so nothing is stored or sent.")
    return back(path, f"The API responded with {response.status}.")


def _request_body(order: Mapping[str, Any], caller: Caller) -> str | None:
    """Return the request that stored an order; None if its ID comes from a key and a customer."""
    body = {name: value for name, value in client_view(order).items() if name not in _ADDED}
    if caller.has_token:
        if "clientOrderId" not in order:
            return None
        body.pop("customerId", None)
    try:
        return exact_json.dumps(body)
    except TypeError:  # other software has stored what JSON does not have
        return None


async def _order_id(request: Request) -> str:
    order_id = str((await request.form()).get("order", ""))
    if not is_key(order_id):
        raise HTTPException(HTTPStatus.BAD_REQUEST, "The form names no order.")
    return order_id


def _found(records: Records, query: str) -> Sequence[str]:
    """Return the keys of all orders, or of those that have an ID or are a customer's."""
    if not query:
        return [entry.order_id for entry in records.orders.entries()]
    return list(dict.fromkeys([*records.orders.matches(query), *records.orders_of(query)]))


routes: list[BaseRoute] = [
    Route("/orders", show_list),
    Route("/orders/{order_id:path}", show_order),
    Route("/replay", replay, methods=["POST"]),
    Route("/send-again", send_again, methods=["POST"]),
]
