"""The API attacked by Schemathesis, which makes requests up from an OpenAPI document and holds answers against it.

Import this in modules that need it and nowhere else: Schemathesis is slow to import.
"""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import schemathesis
from schemathesis.engine import events, from_schema

from handlers.http.rejection import MAX_BODY_BYTES
from handlers.validation import text
from tests.support import documents
from tests.support.consistent import consistent, give_own_key, trimmed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from schemathesis import Case, CheckContext, HookContext, Response

# Where the API promises something else than Schemathesis expects. All other checks of its are as they come.
_CHECKS: Final = {
    # It wants 405; `what_is_not_there_is_not_found` takes its place.
    "unsupported_method": {"enabled": False},
    # It leaves out credentials that are sent with every request here; `ignored_auth` does without them.
    "missing_required_header": {"enabled": False},
    # 409 to a key that is taken, 413 to what is valid but for its size, 404 and 403 to what is nobody's, or another's.
    "positive_data_acceptance": {"expected-statuses": ["200", "202", "403", "404", "409", "413"]},
    "negative_data_rejection": {"expected-statuses": ["400", "403", "404", "413", "415"]},
}


@dataclass
class Report:
    """What came of an attack: how often each operation was answered with each status, and what was wrong."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def check(self, operation: str, *statuses: int) -> None:
        """Nothing was wrong, and the attack got as far as these answers to an operation."""
        assert self.failures == [], "\n\n".join(self.failures[:5])
        assert all(self.answers[operation, status] for status in statuses), self.answers


def attack(
    document: Mapping[str, Any],
    endpoint: str,
    *,
    headers: Mapping[str, str] | None = None,
    customer: str | None = None,
    examples: int,
    thoroughly: bool = False,
) -> Report:
    """Send what Schemathesis makes up from a document; with `thoroughly`, the bounds of every rule and chains as well.

    Two runs with the same numbers send the same requests, but for the keys that keep orders apart.
    """
    config = schemathesis.Config.from_dict(
        {
            "base-url": endpoint,
            "headers": dict(headers or {}),
            "workers": 1,
            "output": {"sanitization": {"enabled": False}},
            "continue-on-failure": True,
            "request-timeout": 30,
            "checks": _CHECKS,
            "generation": {
                "deterministic": True,
                "max-examples": examples,
                "database": "none",
                "no-shrink": True,
            },
            "phases": {
                "coverage": {"enabled": thoroughly},
                "fuzzing": {
                    "error-feedback": {"enabled": False}
                },  # it would learn from request IDs, too
                "stateful": {"enabled": thoroughly},
            },
        }
    )
    # The alias leads to the same function by the same model.
    schema = schemathesis.openapi.from_dict(dict(document), config=config).exclude(path="/order")
    report = Report()
    with _prepared(document, customer):
        for event in from_schema(schema).execute():
            _note(report, event)
    return report


def _note(report: Report, event: events.EngineEvent) -> None:
    if isinstance(event, events.FatalError | events.NonFatalError):
        report.failures.append(repr(event))
    if isinstance(event, events.ScenarioFinished):
        for case_id, each in event.recorder.interactions.items():
            if each.response:
                operation = event.recorder.cases[case_id].value.operation.label
                report.answers[operation, each.response.status_code] += 1
        found = [
            check.failure_info for checks in event.recorder.checks.values() for check in checks
        ]
        report.failures += [f"{each.failure}\n{each.code_sample}" for each in found if each]


@contextmanager
def _prepared(document: Mapping[str, Any], customer: str | None) -> Iterator[None]:
    orders = documents.order_validator(document)

    def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
        if case.method == "POST":
            body: Any = case.body
            give_own_key(case.headers, body)
            # What is right but for spaces around a text is right: they are cut off.
            only_spaces = orders.is_valid(trimmed(body)) and not orders.is_valid(body)
            case.body = consistent(trimmed(body) if only_spaces else body, customer)
        else:
            case.query.pop(
                "nextToken", None
            )  # no pattern tells one that was answered before from any other
            if customer and text.is_customer_id(str(case.path_parameters.get("customerId", ""))):
                case.path_parameters["customerId"] = customer

    schemathesis.hook("before_call")(before_call)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)


@schemathesis.check
def only_what_is_large_is_too_large(
    _ctx: CheckContext, response: Response, _case: Case[Any]
) -> None:
    """A body is refused for its size if it has more than 10 KB, unless something else is wrong with it."""
    body = response.request.body
    size = len(body) if isinstance(body, bytes) else 0
    assert (response.status_code == 413) <= (size > MAX_BODY_BYTES), (
        f"413 for a body of {size} bytes"
    )


@schemathesis.check
def what_is_not_there_is_not_found(_ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A method that a path does not have gets the answer of a path that is not there."""
    method = response.request.method
    if method == case.operation.method.upper():
        return
    if method == "OPTIONS":
        assert response.status_code in {200, 204}
        return
    assert response.status_code == 404, f"{method} was answered with {response.status_code}"
    assert response.json().keys() == {"error", "message", "requestId"}
