"""Turns results into views; no view holds an email address in clear."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.text import Text

from handlers.common.contract import iso_8601
from orderctl import timeline as states
from orderctl.cli_support import SOME_IN_FLIGHT, masked, plural
from orderctl.output import Line, Table, View
from orderctl.relay import RELAY, StreamBatch
from orderctl.workflow import ENABLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from orderctl.dead_letters import Outcome, QueueSummary, Selection
    from orderctl.queue_drain import DeadLetter
    from orderctl.replay import ReplayResult
    from orderctl.timeline import Step, Timeline
    from orderctl.workflow import Transition

# An AWS error may be a sentence with two ARNs.
_MAX_REASON = 1_000

STYLES = {
    states.DONE: "green",
    states.NOT_NEEDED: "green",
    states.DEAD: "red",
    states.FAILED: "red",
    states.NOT_SENT: "yellow",
    states.RETRYING: "yellow",
    states.IN_PROGRESS: "yellow",
    states.MISSING: "yellow",
}

# The fields of a stream batch that only JSON shows.
_JSON_ONLY = {"shardId", "startSequenceNumber", "endSequenceNumber", "streamArn"}


def timeline_view(timeline: Timeline) -> View:
    """Show an order's timeline."""
    dead_letters = [
        {"queue": queue, **_message(message)}
        for queue, messages in timeline.dead_letters.items()
        for message in messages
    ]
    data = {
        "orderId": timeline.order_id,
        "found": True,
        "order": timeline.order,
        "steps": [_step(step) for step in timeline.steps],
        "deadLetters": dead_letters,
        "advice": list(timeline.advice),
        "complete": timeline.complete,
    }
    fields = Table(
        title=f"order {timeline.order_id}",
        names=("", ""),
        rows=list((timeline.order or {}).items()),
        has_header=False,
    )
    rows = [
        (
            step.step,
            Text(step.state, STYLES.get(step.state, "")),
            step.at,
            step.attempts,
            step.detail,
            step.last_error,
        )
        for step in timeline.steps
    ]
    names = ("step", "state", "when", "attempts", "detail", "last error")
    messages = [_message_table("dead letters", dead_letters)] if dead_letters else []
    advice = map(Line, timeline.advice)
    return View(
        data=data, parts=[fields, Table(title="steps", names=names, rows=rows), *messages, *advice]
    )


def missing_order_view(order_id: str, *, complete: bool) -> View:
    """Show that nothing is stored about an order."""
    return View(data={"orderId": order_id, "found": False, "complete": complete}, parts=())


def queues_view(summaries: Iterable[QueueSummary]) -> View:
    """List every dead-letter queue."""
    rows = [
        {
            "queue": summary.queue,
            "messages": summary.waiting,
            "hidden": summary.hidden,
            "oldest": _time(summary.oldest),
            "lostAt": _time(summary.lost_at),
        }
        for summary in summaries
    ]
    cells = [
        (row["queue"], _count(row["messages"]), _count(row["hidden"]), row["oldest"], row["lostAt"])
        for row in rows
    ]
    names = ("queue", "messages", "hidden", "oldest", "lost at")
    return View(data={"queues": rows}, parts=[Table(title="dead letters", names=names, rows=cells)])


def messages_view(queue: str, outcome: Outcome) -> View:
    """Show dead letters of a queue."""
    summarize = _stream_batch if queue == RELAY else _message
    messages = [summarize(message) for message in outcome.done]
    data = {
        "queue": queue,
        "messages": messages,
        "hidden": outcome.hidden,
        "remaining": outcome.unseen,
        "complete": outcome.complete,
    }
    if messages:
        part: Line | Table = _message_table(f"dead letters of {queue}", messages)
    else:
        part = Line(f"No dead letters of {queue} to show.")
    return View(data=data, parts=[part, *_hidden(outcome)])


def outcome_view(queue: str, action: str, outcome: Outcome, *, dry_run: bool) -> View:
    """Show what an action did; `action` is its past participle, such as `moved back`."""
    reasons = {
        message_id: masked(reason, max_length=_MAX_REASON)
        for message_id, reason in outcome.failed.items()
    }
    data = {
        "queue": queue,
        "dryRun": dry_run,
        "done": [_message(message) for message in outcome.done],
        "failed": [{"messageId": key, "reason": reason} for key, reason in reasons.items()],
        "hidden": outcome.hidden,
        "remaining": outcome.remaining,
        "problem": _problem(outcome.problem),
        "complete": outcome.complete,
    }
    style = "green" if outcome.complete else ""
    count = _sentence(plural(len(outcome.done), "message"), action, dry_run=dry_run)
    failures = [Line(f"{key} stays: {reason}.", "red") for key, reason in reasons.items()]
    return View(data=data, parts=[Line(count, style), *failures, *_hidden(outcome)])


def shortcomings(queue: str, selection: Selection, outcome: Outcome) -> list[str]:
    """Return a sentence for each reason for which an action is not complete."""
    sentences = []
    if outcome.failed:
        count = plural(len(outcome.failed), "dead letter")
        sentences.append(f"{count} of {queue} could not be processed.")
    if outcome.problem:
        sentences.append(f"Stopped: {outcome.problem}.")
    elif not outcome.all_seen:
        if outcome.unseen:
            sentences.append(f"{plural(outcome.unseen, 'message')} of {queue} not seen.")
        sentences.append(SOME_IN_FLIGHT)
    elif not (outcome.done or outcome.failed) and (selection.order_id or selection.message_ids):
        sentences.append(f"There is no such message among the dead letters of {queue}.")
    return sentences


def replay_view(result: ReplayResult, *, dry_run: bool) -> View:
    """Show what was published again."""
    data = {
        "dryRun": dry_run,
        "orders": result.published,
        "expired": result.expired,
        "problem": _problem(result.problem),
        "complete": result.complete,
    }
    count = _sentence(plural(result.published, "order"), "published again", dry_run=dry_run)
    lines = [Line(count, "green" if result.complete else "")]
    if result.expired:
        lines.append(Line(f"{plural(result.expired, 'expired order')} left out.", "yellow"))
    return View(data=data, parts=lines)


def workflows_view(states: Mapping[str, str]) -> View:
    """List every workflow with its state."""
    rows = [{"workflow": name, "state": state} for name, state in states.items()]
    cells = [
        (name, Text(state, "green" if state == ENABLED else "yellow"))
        for name, state in states.items()
    ]
    table = Table(title="workflows", names=("workflow", "state"), rows=cells)
    return View(data={"workflows": rows}, parts=[table])


def transition_view(transition: Transition) -> View:
    """Show what `pause` or `resume` did."""
    data = asdict(transition)
    already = "" if transition.changed else "already "
    rest = "" if transition.state == ENABLED else f": {transition.consequence}"
    sentence = f"{transition.workflow} is {already}{transition.state}{rest}."
    return View(data=data, parts=[Line(sentence, "green" if transition.changed else "")])


def _sentence(subject: str, action: str, *, dry_run: bool) -> str:
    return f"{subject} {'would be ' if dry_run else ''}{action}."


def _problem(text: str | None) -> str | None:
    return text and masked(text, max_length=_MAX_REASON)


def _step(step: Step) -> dict[str, Any]:
    data = asdict(step)
    last_error = data.pop("last_error")
    return {**data, "lastError": last_error}


def _count(number: Any) -> Text:
    return Text(str(number), "red" if number else "green")


def _message(message: DeadLetter) -> dict[str, Any]:
    return {
        "messageId": message.message_id,
        "orderId": None if message.order_id is None else masked(message.order_id),
        "sentAt": iso_8601(message.sent_at),
        "holds": kind(message),
    }


def kind(message: DeadLetter) -> str:
    """Return what a dead letter holds, in words."""
    if message.order_id is not None:
        return "an order event" if "eventType" in message.content else "an order"
    return "JSON, but no order" if message.content else "no JSON object"


def _stream_batch(message: DeadLetter) -> dict[str, Any]:
    data = {"messageId": message.message_id, "sentAt": iso_8601(message.sent_at)}
    batch = StreamBatch.of(message.content)
    if batch is None:
        return {**data, "holds": "no stream batch"}
    fields = batch.model_dump(mode="json", by_alias=True)
    return data | {
        name: masked(value) if isinstance(value, str) else value for name, value in fields.items()
    }


def _message_table(title: str, messages: Sequence[dict[str, Any]]) -> Table:
    names = dict.fromkeys(name for message in messages for name in message)
    columns = [name for name in names if name not in _JSON_ONLY]
    rows = [[message.get(name) for name in columns] for message in messages]
    return Table(title=title, names=columns, rows=rows)


def _hidden(outcome: Outcome) -> list[Line]:
    if not outcome.hidden:
        return []
    count = plural(outcome.hidden, "message")
    text = (
        f"{count} not seen: in flight in another run, or in one that was killed. Hidden messages "
        "become visible again within five minutes."
    )
    return [Line(text, "yellow")]


def _time(time: datetime | None) -> str | None:
    return iso_8601(time) if time else None
