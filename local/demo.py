"""The demo: sends the sample order, shows every stage, and sends it again to show idempotency."""

from __future__ import annotations

import json
import time
import uuid
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import typer

from local.mailbox import printable
from local.order_stages import STAGES
from tooling.errors import UserError

if TYPE_CHECKING:
    import httpx

    from local.order_stages import Observation, OrderStages


def show(stages: OrderStages, *, timeout: float = 60.0, settle_seconds: float = 2.0) -> None:
    """Send the sample order twice with one idempotency key, and print what each stage shows.

    Args:
        stages: The deployed stack.
        timeout: Seconds until every stage must have seen the order.
        settle_seconds: Time for a second email or audit record to arrive: ten times what one needs.

    Raises:
        UserError: the order is refused, missing at a stage, or at a stage twice.
    """
    key, caller = str(uuid.uuid4()), stages.caller
    start = time.perf_counter()
    response = _require_success(stages.send(key))
    milliseconds = (time.perf_counter() - start) * 1000
    order_id = response.json()["orderId"]
    _section(f"POST {caller.url}", json.dumps(caller.order, indent=2))
    _section(f"Response: {response.status_code}", _json(response.json()))
    observations = stages.await_stages(order_id, start, timeout)
    _show_stages(milliseconds, observations)
    _show_replay(stages, key, order_id, settle_seconds)


def _require_success(response: httpx.Response) -> httpx.Response:
    if not response.is_success:
        raise UserError(
            f"The API refused the sample order with {response.status_code}: {response.text}"
        )
    return response


def _show_stages(milliseconds: float, observations: dict[str, Observation]) -> None:
    for stage in STAGES:
        value = observations[stage].value
        if stage == "email":
            head = f"To: {', '.join(value['To'])}\nSubject: {value['Subject']}\n\n"
            _section("Email", printable(head + value["BodyText"]))
        else:
            _section(stage.capitalize(), _json(value))
    times = {"response": milliseconds}
    times |= {stage: observations[stage].milliseconds for stage in STAGES}
    lines = [f"{stage}: {milliseconds:.0f}" for stage, milliseconds in times.items()]
    _section("Milliseconds since the request", "\n".join(lines))


def _show_replay(stages: OrderStages, key: str, order_id: str, settle_seconds: float) -> None:
    response = _require_success(stages.send(key))
    # A queued order is stored later, so its response cannot say whether it is a replay.
    queued = response.status_code == HTTPStatus.ACCEPTED
    replayed = response.json()["orderId"] == order_id and (
        queued or response.headers.get("Idempotent-Replayed") == "true"
    )
    time.sleep(settle_seconds)
    counts = {
        "stored orders": stages.order_count(),
        "events": len(stages.events(order_id)),
        "emails": len(stages.emails(order_id)),
        "audit records": len(stages.audit_records(order_id)),
    }
    result = "the same order" if queued else "replayed"
    lines = [f"response: {response.status_code}, {result if replayed else f'not {result}'}"]
    lines += [f"{name}: {count}" for name, count in counts.items()]
    _section("The same request again, with the same Idempotency-Key", "\n".join(lines))
    if not replayed:
        raise UserError(
            "The second response does not replay the first (Idempotent-Replayed: true is missing)."
        )
    if mismatches := [f"{count} {name}" for name, count in counts.items() if count != 1]:
        raise UserError(
            f"Sending the order twice left {', '.join(mismatches)}; there must be one of each."
        )


def _section(title: str, content: str) -> None:
    """Print plain lines: a frame would break URLs and IDs that are wider than the terminal."""
    typer.secho(f"\n{title}", bold=True)
    typer.echo(content)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=_number)


def _number(value: object) -> int | float | str:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
