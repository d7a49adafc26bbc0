"""Schemathesis sends generated requests to an API and compares responses with OpenAPI documents.

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

# Where the API promises something else than Schemathesis expects.
_CHECKS: Final = {
    # It expects 405; the check `other_methods_are_not_found` takes its place.
    "unsupported_method": {"enabled": False},
    # It leaves out credentials that are in every request here; `ignored_auth` leaves them out.
    "missing_required_header": {"enabled": False},
    # 409 to a used key, 413 to a large order, 404 and 403 to orders of others and of nobody.
    "positive_data_acceptance": {"expected-statuses": ["200", "202", "403", "404", "409", "413"]},
    "negative_data_rejection": {"expected-statuses": ["400", "403", "404", "413", "415"]},
}


@dataclass
class Report:
    """How often each operation got each status, and what was wrong."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def check(self, operation: str, *statuses: int) -> None:
        """Nothing was wrong, and an operation got each of these statuses."""
        assert self.failures == [], "\n\n".join(self.failures[:5])
        assert all(self.statuses[operation, status] for status in statuses), self.statuses


def attack(
    document: Mapping[str, Any],
    endpoint: str,
    *,
    headers: Mapping[str, str] | None = None,
    customer: str | None = None,
    examples: int,
    thoroughly: bool = False,
) -> Report:
    """Send generated requests; `thoroughly`, also the bounds of every rule and chains of requests.

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
                # It would learn from request IDs, too.
                "fuzzing": {"error-feedback": {"enabled": False}},
                "stateful": {"enabled": thoroughly},
            },
        }
    )
    # The alias has the same function and model.
    schema = schemathesis.openapi.from_dict(dict(document), config=config).exclude(path="/order")
    report = Report()
    with _consistent_orders(document, customer):
        for event in from_schema(schema).execute():
            _add(report, event)
    return report


def _add(report: Report, event: events.EngineEvent) -> None:
    if isinstance(event, events.FatalError | events.NonFatalError):
        report.failures.append(repr(event))
    if isinstance(event, events.ScenarioFinished):
        recorder = event.recorder
        for case_id, interaction in recorder.interactions.items():
            if interaction.response:
                operation = recorder.cases[case_id].value.operation.label
                report.statuses[operation, interaction.response.status_code] += 1
        failures = [check.failure_info for checks in recorder.checks.values() for check in checks]
        report.failures += [f"{each.failure}\n{each.code_sample}" for each in failures if each]


@contextmanager
def _consistent_orders(document: Mapping[str, Any], customer: str | None) -> Iterator[None]:
    """Change requests so that orders are valid where only the schema cannot say how."""
    orders = documents.order_validator(document)

    def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
        if case.method == "POST":
            body: Any = case.body
            give_own_key(case.headers, body)
            # An order that is valid but for spaces around texts is valid: they are cut off.
            only_spaces = orders.is_valid(trimmed(body)) and not orders.is_valid(body)
            case.body = consistent(trimmed(body) if only_spaces else body, customer)
        else:
            case.query.pop("nextToken", None)  # only one from a response is valid
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
    """Only a body of more than 10 KB gets a 413; it may get another error."""
    body = response.request.body
    size = len(body) if isinstance(body, bytes) else 0
    assert response.status_code != 413 or size > MAX_BODY_BYTES, f"413 for {size} bytes"


@schemathesis.check
def other_methods_are_not_found(_ctx: CheckContext, response: Response, case: Case[Any]) -> None:
    """A method that a path does not have gets the response of an unknown path."""
    method = response.request.method
    if method == "OPTIONS":
        # Without an allowed Origin the emulator refuses it; AWS invokes the function.
        assert response.status_code in {200, 204} or b"CORS origin denied" in response.content
    elif method != case.operation.method.upper():
        assert response.status_code == 404, f"{method} got a {response.status_code}"
        assert response.json().keys() == {"error", "message", "requestId"}
