"""Shows one order on its way through the whole system, and that sending it twice changes nothing."""

from __future__ import annotations

import json
import time
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.errors import LocalError
from local.journey import HOPS, ORDER, Journey, Seen

if TYPE_CHECKING:
    import httpx
    from rich.console import Console

    from local.emulator import Emulator

HOP_SECONDS = 20.0
# Long enough for a second e-mail or audit record to show up, were there one: the first takes a tenth of it.
_SETTLE_SECONDS = 2.0


def show(emulator: Emulator, outputs: dict[str, Any], console: Console, *, timeout: float = HOP_SECONDS) -> None:
    """Send the sample order twice with one key and show what came of it; an error names what was missing."""
    journey, key = Journey(emulator, outputs), str(uuid.uuid4())
    since = time.perf_counter()
    answer = _expect_accepted(journey.send(key))
    answered = (time.perf_counter() - since) * 1000
    order_id = answer.json()["orderId"]
    _panel(console, f"POST {outputs['ordersUrl']}", json.dumps(ORDER, indent=2))
    _panel(console, f"The answer: {answer.status_code}", _json(answer.json()))
    seen = journey.follow(order_id, since, timeout)
    _show_hops(console, answered, seen)
    _show_replay(console, journey, key, order_id)


def _expect_accepted(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise LocalError(f"The API refused the sample order with {answer.status_code}: {answer.text}")
    return answer


def _show_hops(console: Console, answered: float, seen: dict[str, Seen]) -> None:
    for hop in HOPS:
        if hop == "e-mail":
            mail = seen[hop].value
            head = f"To: {', '.join(mail['To'])}\nSubject: {mail['Subject']}\n\n"
            _panel(console, "The e-mail", head + mail["BodyText"])
        else:
            _panel(console, f"The {hop}", _json(seen[hop].value))
    table = Table("hop", "ms since the request", title="When each hop was seen")
    for hop, milliseconds in [("answer", answered), *((hop, seen[hop].milliseconds) for hop in HOPS)]:
        table.add_row(hop, f"{milliseconds:.0f}")
    console.print(table)


def _show_replay(console: Console, journey: Journey, key: str, order_id: str) -> None:
    """Send the same again, give it time to do harm, and count."""
    again = _expect_accepted(journey.send(key))
    replayed = again.headers.get("Idempotent-Replayed") == "true" and again.json()["orderId"] == order_id
    time.sleep(_SETTLE_SECONDS)
    counts = {
        "stored orders": journey.orders(),
        "events": len(journey.events(order_id)),
        "e-mails": len(journey.mails(order_id)),
        "audit records": len(journey.audit(order_id)),
    }
    table = Table("", "", title="After the same request again, with the same Idempotency-Key", show_header=False)
    table.add_row("the answer", f"{again.status_code}, {'replayed' if replayed else 'not replayed'}")
    for what, count in counts.items():
        table.add_row(what, str(count))
    console.print(table)
    if not replayed:
        raise LocalError("The second answer was not the first one again (Idempotent-Replayed: true was missing).")
    if wrong := [f"{count} {what}" for what, count in counts.items() if count != 1]:
        raise LocalError(f"Sending the order twice left {', '.join(wrong)}, where there must be one of each.")


def _panel(console: Console, title: str, content: str) -> None:
    console.print(Panel(Text(content), title=Text(title), title_align="left"))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=_number)


def _number(value: object) -> int | float | str:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)
