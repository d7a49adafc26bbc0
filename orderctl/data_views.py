"""Turns the results of erase, export and restore into views, without personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.common.contract import iso_8601
from orderctl.cli_support import masked, plural
from orderctl.output import Line, Table, View

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from orderctl.erasure import ErasureReport
    from orderctl.export import Export
    from orderctl.restore import RestoreResult

# An AWS error may be a sentence with two ARNs.
_MAX_REASON = 1_000


def erasure_view(report: ErasureReport) -> View:
    """Show what was erased, or would be, by place."""
    rows = [
        ("orders table", "orders", report.orders),
        ("audit table", "records whose details are removed", report.audit_records),
        ("sent-emails table", "records of confirmations", report.email_records),
        ("sent-emails table", "counters of recipients", report.recipient_counters),
        *(
            (f"dead-letter queue of {queue}", "dead letters", count)
            for queue, count in report.dead_letters.items()
        ),
    ]
    run_again = None if report.run_again_at is None else iso_8601(report.run_again_at)
    data = {
        "dryRun": report.dry_run,
        "orders": report.orders,
        "auditRecords": report.audit_records,
        "emailRecords": report.email_records,
        "recipientCounters": report.recipient_counters,
        "deadLetters": report.dead_letters,
        "unreadableDeadLetters": report.unreadable,
        "unseenDeadLetters": report.unseen,
        "waiting": report.waiting,
        "runAgainAt": run_again,
        **_problems("orderId", report.failed, report.problem),
        "complete": report.complete,
    }
    title = "would be erased" if report.dry_run else "erased"
    names = ("where", "what", "number")
    table = Table(title=title, names=names, rows=[row for row in rows if row[2]])
    nothing = Line(f"Nothing {'would be' if report.dry_run else 'was'} erased.")
    lines = [Line(text, "yellow") for text in _erasure_remarks(report, run_again)]
    return View(data=data, parts=[table if report.found else nothing, *lines])


def summary(report: ErasureReport) -> str:
    """Return what was found in a few words, for a question."""
    dead_letters = sum(report.dead_letters.values())
    email_records = report.email_records + report.recipient_counters
    return _counts(report.orders, report.audit_records, email_records, dead_letters)


def export_summary(result: Export) -> str:
    """Return what an export holds in a few words."""
    email_records = len(result.email_records) + len(result.recipient_counters)
    others = len(result.audit_records), email_records, len(result.dead_letters)
    return _counts(len(result.orders), *others) or "nothing was found"


def _counts(orders: int, audit_records: int, email_records: int, dead_letters: int) -> str:
    counts = (
        (orders, "order"),
        (audit_records, "audit record"),
        (email_records, "email record"),
        (dead_letters, "dead letter"),
    )
    return ", ".join(plural(count, noun) for count, noun in counts if count)


def _erasure_remarks(report: ErasureReport, run_again: str | None) -> Iterator[str]:
    if report.unreadable:
        count = plural(report.unreadable, "dead letter")
        yield f"{count} without JSON, about an unknown order: see 'orderctl dlq show'."
    if run_again is None or report.dry_run:
        return
    waiting = sum(report.waiting.values())
    reason = "the event of a new order may still be delivered"
    if waiting:
        count = plural(waiting, "message")
        reason = f"work queues, which are not read, hold {count} about any order"
    yield f"Run the same command again after {run_again}: {reason}."


def restore_view(result: RestoreResult, *, dry_run: bool) -> View:
    """Show what was copied, or would be."""
    counts = {
        "copied": result.copied,
        "existing": result.existing,
        "expired": result.expired,
        "erased": result.erased,
        "unconfirmed": result.unconfirmed,
    }
    data = {
        "dryRun": dry_run,
        **counts,
        **_problems("key", result.failed, result.problem),
        "complete": result.complete,
    }
    would = "would be " if dry_run else ""
    left_out = [
        ("already there", result.existing),
        ("left out: expired", result.expired),
        ("left out: erased", result.erased),
        ("left out: no record of their confirmation", result.unconfirmed),
    ]
    return View(
        data=data,
        parts=[
            Line(f"{plural(result.copied, 'item')} {would}copied.", "green"),
            *(Line(f"{plural(count, 'item')} {what}.") for what, count in left_out if count),
        ],
    )


def _problems(
    key: str, failed: Mapping[str, str], problem: str | None
) -> dict[str, list[dict[str, str]] | str | None]:
    return {
        "failed": [
            {key: masked(name), "reason": masked(reason, max_length=_MAX_REASON)}
            for name, reason in failed.items()
        ],
        "problem": problem and masked(problem, max_length=_MAX_REASON),
    }


def shortcomings(failed: Mapping[str, str], problem: str | None, noun: str) -> list[str]:
    """Return a sentence for failures, with the first reason, and for the error that ended a run."""
    sentences = []
    for name, reason in list(failed.items())[:1]:
        first = masked(f"{name}: {reason}", max_length=_MAX_REASON)
        sentences.append(f"{plural(len(failed), noun)} failed, such as {first}.")
    if problem:
        sentences.append(f"Stopped: {masked(problem, max_length=_MAX_REASON)}.")
    return sentences
