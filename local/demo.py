"""Shows one order on its way through the whole system, and that sending it twice changes nothing."""

from __future__ import annotations

import json
import time
import uuid
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import typer

from local.mailbox import printable
from local.smoke_test import HOPS, Seen, SmokeTest
from tooling.errors import UserError

if TYPE_CHECKING:
    import httpx

    from local.calls import Caller
    from local.emulator import Emulator

HOP_SECONDS = 20.0
# Long enough for a second e-mail or audit record to show up, were there one: the first takes a tenth of it.
_SETTLE_SECONDS = 2.0


def show(
    emulator: Emulator, outputs: dict[str, Any], caller: Caller, *, timeout: float = HOP_SECONDS
) -> None:
    """Send the sample order twice with one key and show what came of it; an error names what was missing."""
    smoke_test, key = SmokeTest(emulator, outputs, caller), str(uuid.uuid4())
    since = time.perf_counter()
    answer = _expect_accepted(smoke_test.send(key))
    answered = (time.perf_counter() - since) * 1000
    order_id = answer.json()["orderId"]
    _section(f"POST {outputs['ordersUrl']}", json.dumps(caller.order, indent=2))
    _section(f"The answer: {answer.status_code}", _json(answer.json()))
    seen = smoke_test.follow(order_id, since, timeout)
    _show_hops(answered, seen)
    _show_replay(smoke_test, key, order_id)


def _expect_accepted(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise UserError(
            f"The API refused the sample order with {answer.status_code}: {answer.text}"
        )
    return answer


def _show_hops(answered: float, seen: dict[str, Seen]) -> None:
    for hop in HOPS:
        if hop == "email":
            mail = seen[hop].value
            head = f"To: {', '.join(mail['To'])}\nSubject: {mail['Subject']}\n\n"
            _section("The email", printable(head + mail["BodyText"]))
        else:
            _section(f"The {hop}", _json(seen[hop].value))
    times = {"answer": answered, **{hop: seen[hop].milliseconds for hop in HOPS}}
    lines = [f"{hop}: {milliseconds:.0f}" for hop, milliseconds in times.items()]
    _section("When each was seen, in ms since the request", "\n".join(lines))


def _show_replay(smoke_test: SmokeTest, key: str, order_id: str) -> None:
    """Send the same again, give it time to do harm, and count."""
    again = _expect_accepted(smoke_test.send(key))
    # A queue has to be drained to know what was stored before, so a 202 says nothing about it.
    queued = again.status_code == HTTPStatus.ACCEPTED
    replayed = again.json()["orderId"] == order_id and (
        queued or again.headers.get("Idempotent-Replayed") == "true"
    )
    time.sleep(_SETTLE_SECONDS)
    counts = {
        "stored orders": smoke_test.order_count(),
        "events": len(smoke_test.events(order_id)),
        "emails": len(smoke_test.emails(order_id)),
        "audit records": len(smoke_test.audit_records(order_id)),
    }
    same = "the same order" if queued else "replayed"
    lines = [f"the answer: {again.status_code}, {same if replayed else f'not {same}'}"]
    lines += [f"{what}: {count}" for what, count in counts.items()]
    _section("After the same request again, with the same Idempotency-Key", "\n".join(lines))
    if not replayed:
        raise UserError(
            "The second answer was not the first one again (Idempotent-Replayed: true was missing)."
        )
    if wrong := [f"{count} {what}" for what, count in counts.items() if count != 1]:
        raise UserError(
            f"Sending the order twice left {', '.join(wrong)}, where there must be one of each."
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
