"""The page "Try": sends sample orders, an invalid one, and one again with the same key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from local.console.batches import Batch
from local.console.pages import back, console_of, page
from local.console.sample_orders import VIOLATIONS, invalid_order

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from local.calls import Call, Caller
    from local.console.sent_requests import SentRequests

# The sizes of a batch, and the topic that its progress is published under.
SIZES: Final = (10, 1000)
_TOPIC: Final = "try"


def _show(request: Request) -> Response:
    requests = _requests(request)
    return page(
        request,
        "try.html",
        sent=requests.newest_first,
        batch=requests.batch,
        sizes=SIZES,
        violations=VIOLATIONS.values(),
    )


async def _send_order(request: Request) -> Response:
    requests, caller = _requests(request), await _caller(request)
    call = caller.order_call(requests.sample_order(caller), str(uuid4()))
    return await _send(request, "Sample order", caller, call)


async def _send_invalid(request: Request) -> Response:
    requests, caller = _requests(request), await _caller(request)
    names = [str(name) for name in (await request.form()).getlist("violation")]
    if not VIOLATIONS.keys() & set(names):
        return back("/try", "Nothing was sent: choose at least one violation.")
    call = caller.order_call(invalid_order(requests.sample_order(caller), names), str(uuid4()))
    return await _send(request, "Invalid order", caller, call)


async def _repeat(request: Request) -> Response:
    """Send a request once more, with the same idempotency key."""
    call = _requests(request).call(request.path_params["number"])
    if call is None:
        return back("/try", "Nothing was sent: the console no longer has this request.")
    return await _send(request, "Repeated request", await _caller(request), call)


async def _send(request: Request, title: str, caller: Caller, call: Call) -> Response:
    exchange = await _requests(request).send(title, caller, call)
    console_of(request).topics.publish(_TOPIC)
    result = exchange.problem or f"{exchange.status} {exchange.reason}"
    return back("/try", f"{title}: {result}, {exchange.milliseconds:.0f} ms")


async def _start_batch(request: Request) -> Response:
    requests, topics = _requests(request), console_of(request).topics
    size = str((await request.form()).get("orders", ""))
    if size not in map(str, SIZES):
        return back("/try", f"Nothing was sent: a batch has {' or '.join(map(str, SIZES))} orders.")
    if requests.batch is not None and requests.batch.is_running:
        return back("/try", "Nothing was sent: another batch is still being sent.")
    caller = await _caller(request)
    requests.batch = Batch(int(size), caller=caller, changed=lambda: topics.publish(_TOPIC))
    requests.batch.start()
    return back("/try", f"{size} orders are being sent.")


async def _cancel_batch(request: Request) -> Response:
    if batch := _requests(request).batch:
        batch.cancel()
    return back("/try", "No further order is sent.")


async def _caller(request: Request) -> Caller:
    """Return the client of the API; a new token for it is a request to the emulator."""
    deployment = console_of(request).deployment
    return await run_in_threadpool(lambda: deployment.caller)


def _requests(request: Request) -> SentRequests:
    return console_of(request).sent_requests


routes: list[BaseRoute] = [
    Route("/try", _show),
    Route("/try/order", _send_order, methods=["POST"]),
    Route("/try/invalid", _send_invalid, methods=["POST"]),
    Route("/try/{number:number}/repeat", _repeat, methods=["POST"]),
    Route("/try/batch", _start_batch, methods=["POST"]),
    Route("/try/batch/cancel", _cancel_batch, methods=["POST"]),
]
