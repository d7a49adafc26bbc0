"""What is refused at the front door, over HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.hostile import HOSTILE, Hostile
from tests.support.requests import an_order

if TYPE_CHECKING:
    from tests.e2e.support.stack import LocalStack


@pytest.mark.parametrize("case", HOSTILE, ids=lambda case: case.name)
def test_a_hostile_body_is_refused_with_the_field_at_fault(
    stack: LocalStack, case: Hostile
) -> None:
    """Whatever is no order gets a 400 that names the field, and nothing is stored."""
    before = _stored(stack)
    body = (
        case.body
        if isinstance(case.body, str)
        else json.dumps(case.body)
        if case.body is not None
        else ""
    )
    answer = stack.post(body.encode(errors="surrogatepass"))
    assert answer.status_code == 400
    assert case.field in {error["field"] for error in answer.json()["errors"]}
    assert answer.json()["requestId"] == answer.headers["X-Request-Id"]
    assert _stored(stack) == before


def test_every_violation_is_named_at_once(stack: LocalStack) -> None:
    """One answer holds all that is wrong with an order."""
    body = {"customerName": "J", "items": [{"quantity": 0, "price": -1}], "totalAmount": "much"}
    answer = stack.post(body)
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {
        "customerName",
        "customerEmail",
        "items[0].productId",
        "items[0].quantity",
        "items[0].price",
        "totalAmount",
    }


def test_a_body_over_10_kb_is_refused(stack: LocalStack) -> None:
    """A body of one byte over 10 KB gets 413, one of exactly 10 KB is read."""
    padding = 10 * 1024 - len(json.dumps(an_order(notes="")))
    assert stack.post(an_order(notes="n" * padding)).status_code == 200
    assert stack.post(an_order(notes="n" * (padding + 1))).status_code == 413


def test_another_content_type_is_refused(stack: LocalStack) -> None:
    """Only JSON is taken, whatever the body looks like."""
    answer = stack.post(an_order(), headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (415, "Content-Type")


def test_a_key_with_another_order_is_a_conflict(stack: LocalStack) -> None:
    """A key belongs to one order; another one under it gets 409 and is not stored."""
    assert stack.post(an_order(), key="taken").status_code == 200
    before = _stored(stack)
    answer = stack.post(an_order(notes="another"), key="taken")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "Idempotency-Key")
    assert _stored(stack) == before


def test_answers_may_be_read_from_a_browser(stack: LocalStack) -> None:
    """A page of an allowed origin gets past the preflight, and may read answers and refusals."""
    origin = {"Origin": "https://shop.example.com"}
    for answer in (stack.post(headers=origin), stack.post("{}", headers=origin)):
        assert answer.headers.get_list("Access-Control-Allow-Origin") == ["*"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_alias_takes_orders_too(stack: LocalStack) -> None:
    """`POST /order` does what `POST /orders` does."""
    assert stack.post(path="/order").status_code == 200


def _stored(stack: LocalStack) -> int:
    table = stack.outputs["ordersTableName"]
    return int(stack.client("dynamodb").scan(TableName=table, Select="COUNT")["Count"])
