"""Inserting items in batches: each one succeeds or fails by itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from handlers.common import aws
from handlers.common.inserts import InsertError, Inserts, ItemExistsError
from tests.support.functions import AUDIT_TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.mock_account import MockAccount

    Execute = Callable[..., Any]

_SUCCESS: Mapping[str, Any] = {"TableName": AUDIT_TABLE}


def inserts(execute: Execute, pause: Callable[[float], None] = lambda _: None) -> Inserts:
    """Inserts into the audit table."""
    return Inserts(table=AUDIT_TABLE, key=("auditId", "timestamp"), execute=execute, pause=pause)


def item(number: int, **values: Any) -> dict[str, Any]:
    """A new item."""
    return aws.to_attributes({"auditId": f"event-{number}", "timestamp": "2026", **values})


def test_values_of_every_kind_are_inserted(account: MockAccount) -> None:
    """Nested values, decimals, quotes and any text of Unicode are parameters, never statements."""
    values = {
        "text": "O'Brien \"?\" {'a': ?} \\ \u2028 \U0001f600",
        "amount": Decimal("12345678901234567890.123456789"),
        "nested": {"lines": [{"price": Decimal("0.10"), "name": "'; DELETE"}], "empty": []},
        "yes": True,
    }

    assert inserts(account.dynamodb.batch_execute_statement).insert([item(1, **values)]) == [None]

    (record,) = account.audit_records()
    assert {name: record[name] for name in values} == values


def test_existing_item_is_left_as_it_is(account: MockAccount) -> None:
    """An item whose key exists, in the table or earlier in the batch, is not written."""
    table = inserts(account.dynamodb.batch_execute_statement)
    table.insert([item(1, text="first")])

    errors = table.insert([item(1, text="again"), item(2, text="new"), item(2, text="twice")])

    assert [type(error) for error in errors] == [ItemExistsError, type(None), ItemExistsError]
    assert sorted(record["text"] for record in account.audit_records()) == ["first", "new"]


def test_many_items_are_inserted_25_at_a_time(account: MockAccount) -> None:
    """A call has at most 25 statements."""
    sizes: list[int] = []

    def execute(**request: Any) -> Any:
        sizes.append(len(request["Statements"]))
        return account.dynamodb.batch_execute_statement(**request)

    assert inserts(execute).insert([item(number) for number in range(60)]) == [None] * 60

    assert sizes == [25, 25, 10]
    assert len(account.audit_records()) == 60


@pytest.mark.parametrize(
    ("code", "is_retried"),
    [
        ("ThrottlingError", True),
        ("ProvisionedThroughputExceeded", True),
        ("RequestLimitExceeded", True),
        ("InternalServerError", True),
        ("TransactionConflict", True),
        ("ValidationError", False),
        ("AccessDenied", False),
        ("ResourceNotFound", False),
        ("ItemCollectionSizeLimitExceeded", False),
        ("NewError", False),
    ],
)
def test_refused_statement_fails_alone(code: str, *, is_retried: bool) -> None:
    """A refused statement is the error of its item alone; a temporary refusal is retried twice."""
    keys: list[list[str]] = []
    pauses: list[float] = []

    def execute(*, Statements: list[dict[str, Any]]) -> Any:  # noqa: N803 - the API's name
        keys.append([statement["Parameters"][0]["S"] for statement in Statements])
        refused = {"Error": {"Code": code, "Message": "Refused"}}
        return {"Responses": [refused if key == "event-1" else _SUCCESS for key in keys[-1]]}

    first, second, third = inserts(execute, pauses.append).insert([item(n) for n in range(3)])

    assert (first, third) == (None, None)
    assert isinstance(second, InsertError)
    assert str(second) == f"{code}: Refused"
    retries = [["event-1"]] * 2 if is_retried else []
    assert keys == [["event-0", "event-1", "event-2"], *retries]
    assert len(pauses) == len(retries)


def test_item_that_was_written_before_a_retry_exists() -> None:
    """An item that DynamoDB wrote although it reported a failure is found by the retry."""
    codes = ["InternalServerError", "DuplicateItem"]

    def execute(**_: Any) -> Any:
        return {"Responses": [{"Error": {"Code": codes.pop(0), "Message": ""}}]}

    (error,) = inserts(execute).insert([item(1)])

    assert isinstance(error, ItemExistsError)


@pytest.mark.parametrize(
    ("code", "is_caused_by_an_item"),
    [
        ("ValidationException", True),
        ("SerializationException", True),
        ("ThrottlingException", False),
        ("AccessDeniedException", False),
    ],
)
def test_refused_call(code: str, *, is_caused_by_an_item: bool) -> None:
    """A refused call is the error of every item, unless one item may be the cause."""
    calls: list[int] = []

    def execute(*, Statements: list[dict[str, Any]]) -> Any:  # noqa: N803 - the API's name
        calls.append(len(Statements))
        if any(statement["Parameters"][0]["S"] == "event-1" for statement in Statements):
            raise ClientError({"Error": {"Code": code}}, "BatchExecuteStatement")
        return {"Responses": [_SUCCESS] * len(Statements)}

    errors = inserts(execute).insert([item(number) for number in range(3)])

    assert calls == ([3, 1, 1, 1] if is_caused_by_an_item else [3])
    refused = [1] if is_caused_by_an_item else [0, 1, 2]
    assert [number for number, error in enumerate(errors) if error] == refused
    assert all(code in str(error) for error in errors if error)


def test_item_that_the_sdk_refuses_fails_alone(account: MockAccount) -> None:
    """An item that is no item for the SDK does not affect the others."""
    errors = inserts(account.dynamodb.batch_execute_statement).insert(
        [item(1), {**item(2), "text": {"S": 5}}, item(3)]
    )

    assert [bool(error) for error in errors] == [False, True, False]
    assert len(account.audit_records()) == 2


def test_failed_retry_leaves_inserted_items_inserted() -> None:
    """If the call that repeats refused statements fails, the others of the batch have no error."""
    responses = [
        {"Responses": [_SUCCESS, {"Error": {"Code": "ThrottlingError", "Message": "Refused"}}]}
    ]

    def execute(**_: Any) -> Any:
        if not responses:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "BatchExecuteStatement")
        return responses.pop()

    first, second = inserts(execute).insert([item(0), item(1)])

    assert first is None
    assert isinstance(second, InsertError)
    assert str(second) == "ThrottlingError: Refused"


def test_response_that_cannot_be_read_is_the_error_of_every_item() -> None:
    """A response of something else than DynamoDB is an error of the items, and not of the batch."""
    errors = inserts(lambda **_: {}).insert([item(0), item(1)])

    assert [type(error) for error in errors] == [InsertError, InsertError]


def test_errors_of_one_call_have_tracebacks_of_their_own() -> None:
    """Each error of a failed call is another one, which a consumer raises and logs."""

    def execute(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "BatchExecuteStatement")

    one, other = inserts(execute).insert([item(1), item(2)])

    assert one is not other
    assert isinstance(one and one.__cause__, ClientError)
