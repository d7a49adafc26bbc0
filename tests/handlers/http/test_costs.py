"""Limits of the CPU time, response and logs of a rejected request."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest

from handlers.http.rejection import MAX_BODY_BYTES
from tests.handlers.http.costly_bodies import COSTLY, ORDINARY, name
from tests.support.lookups import get_order
from tests.support.requests import an_order, http_request

if TYPE_CHECKING:
    from tests.support.mock_account import ApiResponse, MockAccount

_MOST_CALLS = 10
_LONGEST_LINE = 8 * 1024
_LARGEST_RESPONSE = 24 * 1024
_MOST_METRIC_LINES = 12


def _calls(account: MockAccount, body: str, handler: str) -> int:
    """The number of function calls for a request, as a measure of CPU time."""
    event, calls = http_request(body), 0

    def count(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        account.send(event, handler)
    finally:
        sys.setprofile(before)
    return calls


def _assert_left_little(account: MockAccount, response: ApiResponse) -> None:
    """The response and every line of the log stay small, and there are few of them."""
    assert response.status == 400
    assert len(response.text.encode()) <= _LARGEST_RESPONSE
    assert len(response.body["errors"]) <= 101
    assert len(account.console.metrics) <= _MOST_METRIC_LINES
    lines = account.console.getvalue().split("\n")
    assert max(len(line.encode()) for line in lines) < _LONGEST_LINE
    assert len(lines) <= _MOST_METRIC_LINES + 3


@pytest.mark.parametrize("handler", ["orders", "intake"])
@pytest.mark.parametrize("body", COSTLY.values(), ids=COSTLY)
def test_no_body_costs_much_more_than_another(
    account: MockAccount, body: str, handler: str
) -> None:
    """No body of 10 KB takes ten times the work of an ordinary one, or leaves a large trace."""
    assert len(body.encode()) <= MAX_BODY_BYTES
    ordinary = min(_calls(account, ORDINARY, handler) for _ in range(2))

    assert _calls(account, body, handler) <= _MOST_CALLS * ordinary
    _assert_left_little(account, account.post(body, handler=handler))


def test_a_response_names_the_first_violations_and_counts_the_others(account: MockAccount) -> None:
    """A response lists 100 violations, and the number of the others."""
    known = an_order()
    for extra in (99, 100, 101, 150, 600):
        response = account.post({**known, **{f"x{name(number)}": 1 for number in range(extra)}})
        errors = response.body["errors"]
        assert len(errors) == min(extra, 101)
        assert errors[0] == {"field": "x0", "message": "Is not a field of an order"}
        if extra > 100:
            assert errors[-1] == {"field": "body", "message": f"…and {extra - 100} more"}
        assert account.console.metric("ValidationErrors")[0][0] == extra
        assert account.console.log("Request rejected")["violations"] == extra


def test_unknown_fields_of_items_are_counted(account: MockAccount) -> None:
    """The number of further violations includes those of items and of the order."""
    item = {
        "productId": "P",
        "quantity": 0,
        "price": 1,
        **{name(number): 1 for number in range(10, 30)},
    }
    response = account.post(an_order(items=[item] * 20, colour="red"))

    assert response.body["errors"][-1]["message"] == f"…and {20 * 21 + 1 - 100} more"
    counts = {
        metric["field"]: count for count, metric in account.console.metric("ValidationErrors")
    }
    assert counts == {"?": 1, "items[].?": 400, "items[].quantity": 20}


def test_the_log_counts_by_rule_and_field(account: MockAccount) -> None:
    """Equal violations are one entry of the log, with their number."""
    account.post(an_order(items=[{"productId": "P", "quantity": 0, "price": 1}] * 30, colour="red"))

    assert account.console.log("Request rejected")["errors"] == [
        {"field": "items[].quantity", "message": "Must be at least 1", "count": 30},
        {"field": "?", "message": "Is not a field of an order", "count": 1},
    ]


@pytest.mark.parametrize(("lines", "status"), [(20, 200), (21, 400), (2_000, 400)])
@pytest.mark.parametrize("field", ["shippingAddress", "billingAddress"])
def test_an_address_has_few_lines(
    account: MockAccount, field: str, lines: int, status: int
) -> None:
    """An address has at most 20 lines; with more, no line is validated."""
    value = "x" if lines < 2_000 else ""
    address = {name(number): value for number in range(lines if lines < 2_000 else 900)}
    response = account.post(an_order(**{field: address}))

    assert response.status == status
    if status == 400:
        assert response.body["errors"] == [
            {"field": field, "message": "Must have at most 20 entries"}
        ]


@pytest.mark.parametrize("handler", ["orders", "intake", "lookup"])
def test_parameters_leave_short_traces(account: MockAccount, handler: str) -> None:
    """With any number of query parameters, response and log stay small."""
    query = {name(number): "" for number in range(2_500)}
    event = http_request(ORDINARY) if handler != "lookup" else get_order("A-1").through_http_api()
    response = account.send({**event, "queryStringParameters": query}, handler)

    _assert_left_little(account, response)
    assert re.fullmatch(r"…and \d+ more", response.body["errors"][-1]["message"])
    assert not [
        text for text in query if len(text) > 2 and f'"{text}"' in account.console.getvalue()
    ]


def test_headers_leave_short_traces(account: MockAccount) -> None:
    """Neither the number nor the length of headers makes a log line long."""
    headers = {
        "X-Correlation-Id": "c" * 255,
        **{f"X-{name(number)}": "v" * 100 for number in range(90)},
    }
    for handler in ("orders", "intake"):
        response = account.post(
            COSTLY["every field wrong, and unknown fields"], headers=headers, handler=handler
        )
        _assert_left_little(account, response)
    assert "v" * 100 not in account.console.getvalue()
    assert json.loads(response.text)["requestId"]
