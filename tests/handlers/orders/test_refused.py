"""Invalid orders are refused by field, and leave nothing behind."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.hostile import HOSTILE, Hostile
from tests.support.requests import an_order, an_order_with_item, http_request

if TYPE_CHECKING:
    from tests.support.mock_account import ApiResponse, MockAccount

# The customer's data in every hostile order, in any spelling.
_PERSONAL = ("jane", "roe", "main st")


def assert_left_nothing(account: MockAccount) -> None:
    """No call to AWS, no order, and no personal data in the log."""
    assert account.operations == []
    assert account.orders() == []
    logged = account.console.getvalue().lower()
    assert not [word for word in _PERSONAL if word in logged]


@pytest.mark.parametrize("hostile", HOSTILE, ids=[hostile.name for hostile in HOSTILE])
def test_hostile_body_is_refused_by_name(account: MockAccount, hostile: Hostile) -> None:
    """Every invalid body is a 400 that names the field; nothing is stored or revealed."""
    response = account.post(hostile.body)

    assert (response.status, response.fields) == (400, [hostile.field])
    assert response.headers["Content-Type"] == "application/json"
    response.text.encode()
    assert_left_nothing(account)


def test_hostile_cases_have_unique_names() -> None:
    """No two hostile cases have the same name."""
    names = [hostile.name for hostile in HOSTILE]

    assert len(names) == len(set(names))


def test_every_violation_is_listed(account: MockAccount) -> None:
    """One response lists every violation of an order, each with its path."""
    order = an_order(
        customerName="J",
        customerEmail="jane",
        currency="dollars",
        colour="red",
        items=[{"productId": "", "quantity": 0, "price": -1}, {"quantity": 1.5}],
    )

    response = account.post(order)

    assert response.status == 400
    assert response.body["error"] == "Validation failed"
    assert sorted(response.fields) == sorted(
        [
            "customerName",
            "customerEmail",
            "currency",
            "colour",
            "items[0].productId",
            "items[0].quantity",
            "items[0].price",
            "items[1].productId",
            "items[1].quantity",
            "items[1].price",
        ]
    )
    assert all(error["message"] for error in response.body["errors"])
    assert_left_nothing(account)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("[]", "Must be an object"),
        (an_order(shippingAddress="x"), "Must be an object"),
        (an_order_with_item(price="29.99"), "Must be a number"),
        (an_order(customerName="J"), "Must be at least 2 characters"),
        (an_order(colour="red"), "Is not a field of an order"),
    ],
)
def test_messages_use_json_terms(account: MockAccount, body: Any, message: str) -> None:
    """Messages use the terms of JSON, not of Python."""
    assert [error["message"] for error in account.post(body).body["errors"]] == [message]


def test_largest_body_is_accepted_and_one_byte_more_is_not(account: MockAccount) -> None:
    """A body may have 10 KB, counted in the bytes that were sent."""
    room = 10 * 1024 - len(json.dumps(an_order(notes="")))
    assert account.post(an_order(notes="n" * room)).status == 200
    account.clear()

    response = account.post(an_order(notes="n" * (room + 1)))

    assert (response.status, response.fields) == (413, ["body"])
    assert_left_nothing(account)


def test_size_is_counted_in_bytes(account: MockAccount) -> None:
    """The size is counted in bytes, not in characters."""
    body = json.dumps(an_order(notes="é" * 6_000), ensure_ascii=False)
    assert len(body) < 10 * 1024

    assert account.post(body).status == 413
    assert (
        account.send(http_request(base64.b64encode(body.encode()).decode(), is_base64=True)).status
        == 413
    )
    assert_left_nothing(account)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "", "application/jsonp", "multipart/form-data"],
)
def test_other_content_types_are_refused(account: MockAccount, content_type: str) -> None:
    """Any other content type is refused."""
    response = account.post(an_order(), headers={"Content-Type": content_type})

    assert (response.status, response.fields) == (415, ["Content-Type"])
    assert_left_nothing(account)


def test_missing_content_type_is_refused(account: MockAccount) -> None:
    """A request without a content type, or without any header, is refused."""
    event = http_request(an_order())

    assert account.send({**event, "headers": {}}).status == 415
    assert account.send({**event, "headers": None}).status == 415
    assert_left_nothing(account)


@pytest.mark.parametrize("body", ["%%%", "e30", "é", base64.b64encode(b"\xff\xfe").decode()])
def test_body_that_is_not_base64_is_refused(account: MockAccount, body: str) -> None:
    """A body that is not the base64 of UTF-8, as declared, is malformed."""
    response = account.send(http_request(body, is_base64=True))

    assert (response.status, response.fields) == (400, ["body"])
    assert_left_nothing(account)


@pytest.mark.parametrize(
    "key", ["", " ", "two words", "k" * 256, "kéy", "key\r\nX-Evil: 1", "\x00"]
)
def test_invalid_idempotency_key_is_refused(account: MockAccount, key: str) -> None:
    """A key has 1 to 255 visible ASCII characters."""
    assert_key_refused(account, account.post(an_order(), key=key))


def test_key_and_order_id_that_differ_are_refused(account: MockAccount) -> None:
    """A key and a different orderId are refused."""
    assert_key_refused(account, account.post(an_order(orderId="A-1"), key="B-2"))


def assert_key_refused(account: MockAccount, response: ApiResponse) -> None:
    """The response names the Idempotency-Key."""
    assert (response.status, response.fields) == (400, ["Idempotency-Key"])
    assert_left_nothing(account)


@pytest.mark.parametrize("correlation_id", ["a b", "x" * 256, "é", "a\nb", ""])
def test_invalid_correlation_id_is_replaced(account: MockAccount, correlation_id: str) -> None:
    """An invalid correlation ID is replaced by the request ID."""
    account.post(an_order(), headers={"X-Correlation-Id": correlation_id}, request_id="req-1")

    assert account.orders()[0]["correlationId"] == "req-1"
    (line,) = account.console.logs
    assert (line["requestId"], line.get("correlationId")) == ("req-1", None)


def test_unknown_field_names_are_not_logged(account: MockAccount) -> None:
    """The response repeats an unknown field's name; log and metrics do not."""
    response = account.post(an_order(**{"jane.roe@example.com": 1}))

    assert response.fields == ["jane.roe@example.com"]
    assert account.console.log("Request rejected")["errors"][0]["field"] == "?"
    assert_left_nothing(account)


def test_invalid_key_is_listed_with_other_violations(account: MockAccount) -> None:
    """The response lists an invalid key with the violations of the body."""
    response = account.post(an_order(customerName="J", orderId="A-1"), key="a key")

    assert response.status == 400
    assert [error["field"] for error in response.body["errors"]].count("Idempotency-Key") == 2
    assert "customerName" in {error["field"] for error in response.body["errors"]}


def test_failed_order_is_logged_under_its_id(account: MockAccount) -> None:
    """An order that could not be stored is logged with its ID."""
    with account.connection.refusing("PutItem", "ValidationException"):
        account.post(an_order(orderId="A-1"))

    assert account.console.log("Request could not be processed")["orderId"] == "A-1"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"price": 1_000_000}, "Must be at most 999999.99"),
        ({"price": 0.00001}, "Must have at most 4 decimal places"),
    ],
)
def test_limits_are_json_numbers(
    account: MockAccount, changes: dict[str, Any], message: str
) -> None:
    """A limit is written as a JSON number."""
    response = account.post(an_order_with_item(**changes))

    assert [error["message"] for error in response.body["errors"]] == [message]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"items": []}, "Must have at least 1 entry"),
        (
            {"items": [{"productId": "P", "quantity": 1, "price": 1}] * 51},
            "Must have at most 50 entries",
        ),
        ({"items": {}}, "Must be an array"),
        (
            {"orderId": "{curly}"},
            "Must be 1 to 128 letters, digits or . _ : - and start with a letter or digit",
        ),
    ],
)
def test_wrong_types_are_described(
    account: MockAccount, changes: dict[str, Any], message: str
) -> None:
    """A value of the wrong type is refused with a plain sentence."""
    response = account.post(an_order(**changes))

    assert [error["message"] for error in response.body["errors"]] == [message]
