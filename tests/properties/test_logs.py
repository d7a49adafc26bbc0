"""Properties of logs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.deliveries import (
    a_queued_order,
    an_event,
    failures,
    queue_batch,
    stream_batch,
    stream_record,
)
from tests.support.mock_account import OPERATIONS
from tests.support.strategies import body, hundred_examples, invalid_orders, orders

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

request_ids = st.uuids().map(str)
# Any request body.
bodies = st.one_of(
    orders.map(body),
    invalid_orders().map(lambda invalid: body(invalid[0])),
    st.text(st.characters(codec="utf-8"), max_size=200),
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(st.characters(codec="utf-8"), max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(st.characters(codec="utf-8")), inner)
        ),
        max_leaves=9,
    ).map(body),
)
_FUNCTIONS = sorted(OPERATIONS.keys() - {"lookup"})
faults = st.tuples(
    st.sampled_from(
        [
            "AccessDeniedException",
            "ThrottlingException",
            "ResourceNotFoundException",
            "NewException",
        ]
    ),
    st.text(st.characters(codec="utf-8"), max_size=60),
)


@hundred_examples
@given(function=st.sampled_from(["orders", "intake"]), sent=bodies, request_id=request_ids)
def test_property_14_every_request_is_logged(
    account: MockAccount, function: str, sent: str, request_id: str
) -> None:
    """Every request is logged with its ID and size, in one line, also if it is refused."""
    account.post(sent, request_id=request_id, handler=function)

    (line,) = account.console.logs
    assert (line["requestId"], line["bodyBytes"]) == (request_id, len(sent.encode()))


@hundred_examples
@given(invalid=invalid_orders(), request_id=request_ids)
def test_property_15_violations_are_logged(
    account: MockAccount, invalid: tuple[dict[str, Any], set[str]], request_id: str
) -> None:
    """The violations of an order are logged with field, message and request ID."""
    order, fields = invalid
    response = account.post(body(order), request_id=request_id)

    logged = account.console.log("Request rejected")
    assert (logged["level"], logged["requestId"], logged["status"]) == ("WARNING", request_id, 400)
    assert [error["message"] for error in logged["errors"]] == [
        error["message"] for error in response.body["errors"]
    ]
    named = {field.replace("[0]", "[]").replace("unknown", "?") for field in fields}
    assert {error["field"] for error in logged["errors"]} == named


@hundred_examples
@given(function=st.sampled_from(_FUNCTIONS), fault=faults)
def test_property_16_every_error_is_logged_with_its_stack(
    account: MockAccount, function: str, fault: tuple[str, str]
) -> None:
    """Every error of every function is logged with stack trace and context."""
    code, message = fault
    with account.connection.refusing(OPERATIONS[function], code, message=message):
        run(account, function)

    (error,) = (
        line for line in account.console.logs if line["level"] == "ERROR" and "exception" in line
    )
    assert code in error["exception"]
    assert "Traceback" in error["exception"]
    assert error["requestId"]
    if function in {"email", "audit", "processor"}:
        assert (error["orderId"], error["correlationId"], error["messageId"]) == (
            "ORDER-1",
            "corr-1",
            "message-0",
        )


def run(account: MockAccount, function: str) -> None:
    """Invoke a function, which fails."""
    if function in {"orders", "intake"}:
        assert account.post(body({**STORED_AS_SENT}), handler=function).status in {500, 503}
    elif function == "relay":
        with pytest.raises(Exception, match="were not published"):
            account.invoke("relay", stream_batch(stream_record(IMAGE)))
    else:
        message = a_queued_order() if function == "processor" else an_event(orderId="ORDER-1")
        assert failures(account.invoke(function, queue_batch(message))) == ["message-0"]


STORED_AS_SENT = {
    "customerName": "Jane Roe",
    "customerEmail": "jane.roe@example.com",
    "items": [{"productId": "PROD-001", "quantity": 1, "price": 1}],
}
IMAGE = {
    "orderId": {"S": "ORDER-1"},
    "customerName": {"S": "Jane Roe"},
    "customerEmail": {"S": "jane.roe@example.com"},
    "items": {"L": []},
    "totalAmount": {"N": "1"},
    "currency": {"S": "USD"},
    "createdAt": {"S": "2026-01-15T10:30:00.123Z"},
    "correlationId": {"S": "corr-1"},
}


@hundred_examples
@given(sent=bodies, function=st.sampled_from(_FUNCTIONS))
def test_property_17_every_line_has_the_same_structure(
    account: MockAccount, sent: str, function: str
) -> None:
    """Every log line is JSON with timestamp, level, component and message."""
    inputs = {"relay": stream_batch(stream_record({"orderId": {"S": sent}}), stream_record(IMAGE))}
    if function in {"orders", "intake"}:
        account.post(sent, handler=function)
    elif function == "relay":
        with pytest.raises(Exception, match="1 of 2 new records are no orders"):
            account.invoke("relay", inputs["relay"])
    else:
        account.invoke(
            function, queue_batch(sent, a_queued_order() if function == "processor" else an_event())
        )

    assert account.console.logs
    for line in account.console.logs:
        assert line["component"] == function
        assert line["level"] in {"INFO", "WARNING", "ERROR"}
        assert line["message"]
        assert line["requestId"]
        assert datetime.fromisoformat(line["timestamp"]).utcoffset() == timedelta(0)
