"""Properties of the functions with untrusted input."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.deliveries import (
    STORED,
    a_queued_order,
    an_event,
    queue_batch,
    stream_batch,
    stream_record,
)
from tests.support.lookups import GetRequest
from tests.support.mock_account import OPERATIONS, as_image
from tests.support.notations import NOTATIONS, TOKENS
from tests.support.requests import an_order
from tests.support.strategies import hundred_examples

if TYPE_CHECKING:
    from tests.support.mock_account import MockAccount

_IMAGE = as_image({**STORED, "orderId": "ORDER-0"})
_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.just("x" * 100_000),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("SNLMBX"), inner, max_size=2)
    ),
    max_leaves=6,
)


@hundred_examples
@given(field=st.sampled_from(sorted(_IMAGE)), value=_values, position=st.integers(0, 2))
def test_corrupt_attribute_stops_no_other_record(
    account: MockAccount, field: str, value: Any, position: int
) -> None:
    """A record with any value in one attribute is published or raised; the others are published."""
    others = [stream_record(_IMAGE | {"orderId": {"S": f"ORDER-{number}"}}) for number in (1, 2)]
    batch = [*others[:position], stream_record(_IMAGE | {field: value}), *others[position:]]

    try:
        account.invoke("relay", stream_batch(*batch))
    except Exception as error:  # noqa: BLE001 (which it is, is asserted)
        assert str(error) == "1 of 3 new records are no orders"  # noqa: PT017 (may not raise)
        assert account.console.log("Stream record is not an order")["level"] == "ERROR"
    (call,) = account.connection.calls
    ids = [
        json.loads(entry["Message"])["orderId"]
        for entry in call.parameters["PublishBatchRequestEntries"]
    ]
    assert {"ORDER-1", "ORDER-2"} <= set(ids)


@hundred_examples
@given(
    function=st.sampled_from(sorted(OPERATIONS)),
    ids=st.tuples(st.sampled_from(NOTATIONS), st.sampled_from(TOKENS), st.sampled_from(TOKENS)),
    error=st.none() | st.sampled_from(NOTATIONS),
    local=st.sampled_from(
        (
            *(
                "jane.roe",
                "jane+shop",
                "jane_roe-2",
                'jane"roe',
                'jane\\"roe',
                "jane\\roe",
                "jane\\u002eroe",
            ),
            *(
                "jane\\x2eroe",
                "jane\\056roe",
                "jane%2eroe",
                "jane%22roe",
                "jane&#46;roe",
                "jane&amp;#46;roe",
                "jane=2Eroe",
            ),
        )
    ),
)
def test_no_log_shows_an_address(
    account: MockAccount, function: str, ids: tuple[str, str, str], error: str | None, local: str
) -> None:
    """An address in an ID, key or exception, in any notation, is masked in every log line."""
    customer_id, correlation_id, key = (notation.format(local) for notation in ids)
    headers = {"X-Correlation-Id": correlation_id}

    def run() -> None:
        order = {"customerId": customer_id, "correlationId": correlation_id}
        match function:
            case "orders" | "intake":
                account.post(
                    an_order(customerId=customer_id), headers=headers, key=key, handler=function
                )
                account.post(
                    {"customerId": customer_id}, headers=headers, key=key, handler=function
                )
            case "lookup":
                event = GetRequest(
                    path="/orders/{orderId}", parameters={"orderId": "ORDER-1"}
                ).through_http_api()
                account.send(event | {"headers": headers}, "lookup")
            case "relay":
                records = [
                    stream_record(_IMAGE | as_image(order)),
                    stream_record({"orderId": {"S": customer_id}}),
                ]
                with pytest.raises(Exception, match=r"not published|no orders"):
                    account.invoke("relay", stream_batch(*records))
            case "processor":
                account.invoke("processor", queue_batch(a_queued_order(**order), customer_id))
            case _:
                account.invoke(function, queue_batch(an_event(**order), customer_id))
        written.append(account.console.getvalue())

    written: list[str] = []
    if error is None:
        run()
    else:
        with account.connection.refusing(
            OPERATIONS[function], "ValidationException", message=f"Bad: {error.format(local)}."
        ):
            run()

    assert written
    assert "jane" not in "".join(written)
