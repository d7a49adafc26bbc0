"""The dead letters of each queue: reason, redrive, and discard after a confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from handlers.common.masking import mask
from local.console.pages import back, console_of, page
from local.console.records import is_key
from local.console.text import age, notice, pretty_json, segment
from orderctl.cli_support import aws_error
from orderctl.dead_letters import Selection
from orderctl.relay import RELAY
from orderctl.render import kind, outcome_view, shortcomings
from tooling.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

    from local.console.dead_letter_queues import DeadLetterEntry
    from orderctl.dead_letters import Outcome

_PATH = "/dead-letters"
_MAX_SHOWN = 50
_MAX_BODY = 20_000

# Why Lambda has stopped retrying a stream batch.
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
_CONDITIONS = {
    "RetryAttemptsExhausted": "The relay failed as often as it is retried.",
    "MaximumRecordAgeExceeded": "The relay failed until the records were too old.",
}


def show(request: Request) -> Response:
    """Show every queue with the dead letters that were sent last."""
    return page(
        request,
        "dead_letters.html",
        queues=console_of(request).records.dead_letters.all(),
        max_shown=_MAX_SHOWN,
        relay=RELAY,
        reason=_reason,
        body=_body,
        kind=kind,
        age=age,
    )


def confirm(request: Request) -> Response:
    """Ask before dead letters are discarded: the one that is named, or all that are there now."""
    queue, message_id = _queue(request), request.query_params.get("message")
    selection = Selection(message_ids=frozenset({message_id}) if message_id else None)
    try:
        outcome = console_of(request).records.dead_letters.find_now(queue, selection)
    except UserError as error:
        return back(_PATH, str(error))
    if not outcome.done:
        return back(_PATH, " ".join(shortcomings(queue, selection, outcome)) or "No dead letters.")
    return page(
        request,
        "discard.html",
        queue=queue,
        messages=outcome.done,
        hidden=outcome.unseen,
        kind=kind,
    )


async def redrive(request: Request) -> Response:
    """Move dead letters back to their work queue, or publish the orders of those of the relay."""
    queue = _queue(request)
    action = "published" if queue == RELAY else "moved back"
    return await _act(request, action, console_of(request).records.dead_letters.redrive)


async def discard(request: Request) -> Response:
    """Delete the dead letters that were confirmed."""
    return await _act(request, "deleted", console_of(request).records.dead_letters.discard)


async def _act(
    request: Request, action: str, apply: Callable[[str, Selection], Outcome]
) -> Response:
    queue, form = _queue(request), await request.form()
    message_ids = frozenset(str(form.get("messages", "")).split())
    is_all, order_id = form.get("all") == "yes", str(form.get("order", ""))
    path = f"/orders/{segment(order_id)}" if is_key(order_id) else _PATH
    if not message_ids and not is_all:
        return back(path, "No dead letter is named.")
    selection = Selection(message_ids=None if is_all else message_ids)
    try:
        outcome = await run_in_threadpool(apply, queue, selection)
    except UserError as error:
        return back(path, str(error))
    except (BotoCoreError, ClientError) as error:
        return back(path, f"{aws_error(error)}.")
    finally:
        console_of(request).topics.publish("queues", "orders")
    return back(path, _result(queue, action, selection, outcome))


def _result(queue: str, action: str, selection: Selection, outcome: Outcome) -> str:
    sentences = shortcomings(queue, selection, outcome)
    return " ".join([notice(outcome_view(queue, action, outcome, dry_run=False)), *sentences])


def _queue(request: Request) -> str:
    return str(request.path_params["queue"])


def _reason(entry: DeadLetterEntry) -> str:
    if entry.condition is not None:
        return _CONDITIONS.get(entry.condition, entry.condition)
    if entry.failure is not None:
        return entry.failure.error or entry.failure.message
    return ""


def _body(entry: DeadLetterEntry) -> str:
    body = entry.message.body
    text = mask(pretty_json(body[:_MAX_BODY]))
    return f"{text}\n... {len(body) - _MAX_BODY:,} more" if len(body) > _MAX_BODY else text


routes: list[BaseRoute] = [
    Route(_PATH, show),
    Route(f"{_PATH}/{{queue}}/redrive", redrive, methods=["POST"]),
    Route(f"{_PATH}/{{queue}}/discard", confirm, methods=["GET"]),
    Route(f"{_PATH}/{{queue}}/discard", discard, methods=["POST"]),
]
