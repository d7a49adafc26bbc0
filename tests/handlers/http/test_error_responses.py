"""Responses to errors of AWS: 503 for retryable ones, 500 for all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from tests.support.lookups import get_order, get_orders
from tests.support.requests import an_order, http_request

if TYPE_CHECKING:
    from tests.support.mock_account import ApiResponse, MockAccount


class Case(NamedTuple):
    """A request to a function, and the operation of AWS that fails."""

    function: str
    operation: str
    event: dict[str, Any]
    failure_metric: str
    message: str

    def send(self, account: MockAccount) -> ApiResponse:
        """Send the request."""
        return account.send(self.event, self.function)


_POST: Final = http_request(an_order(orderId="A-1"))
_ORDERS: Final = Case("orders", "PutItem", _POST, "OrdersFailed", "Failed to process order")
_INTAKE: Final = Case("intake", "SendMessage", _POST, "OrdersFailed", "Failed to process order")
_LOOKUPS: Final = [
    Case("lookup", operation, request.through_http_api(), "LookupsFailed", "Failed to read orders")
    for operation, request in (("GetItem", get_order("A-1")), ("Query", get_orders("CUST-1")))
]
_CASES: Final = [_ORDERS, _INTAKE, *_LOOKUPS]

_RETRYABLE: Final = {
    "dynamodb": [
        ("ThrottlingException", 400),
        ("ProvisionedThroughputExceededException", 400),
        ("RequestLimitExceeded", 400),
        ("AccessDeniedException", 400),
        ("ResourceNotFoundException", 400),
        ("InternalServerError", 500),
        ("ServiceUnavailable", 503),
        ("SomethingNew", 502),
    ],
    "sqs": [
        ("RequestThrottled", 403),
        ("ThrottlingException", 400),
        ("KMS.ThrottlingException", 400),
        ("KmsThrottled", 400),
        ("AccessDenied", 403),
        ("AWS.SimpleQueueService.NonExistentQueue", 400),
        ("KmsDisabled", 400),
        ("InternalFailure", 500),
        ("ServiceUnavailable", 503),
        ("SomethingNew", 502),
    ],
}
_NOT_RETRYABLE: Final = {
    "dynamodb": ["SerializationException", "ValidationException"],
    "sqs": ["InvalidMessageContents", "InvalidParameterValue"],
}


def _service(case: Case) -> str:
    return "sqs" if case is _INTAKE else "dynamodb"


def _name(value: object) -> str | None:
    return f"{value.function} {value.operation}" if isinstance(value, Case) else None


@pytest.mark.parametrize(
    ("case", "code", "status"),
    [(case, *error) for case in _CASES for error in _RETRYABLE[_service(case)]],
    ids=_name,
)
def test_retryable_error_is_a_503(account: MockAccount, case: Case, code: str, status: int) -> None:
    """A retryable error of DynamoDB or SQS is a 503 with Retry-After, logged and counted."""
    with account.connection.refusing(case.operation, code, status=status, message="arn:aws:x"):
        response = case.send(account)

    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert response.body["requestId"] == response.headers["X-Request-Id"]
    assert "arn:" not in response.text
    assert_counted(account, case)
    logged = account.console.log("An AWS service is unavailable")["exception"]
    assert code in logged
    assert "Traceback" in logged


@pytest.mark.parametrize("case", _CASES, ids=_name)
def test_timeout_is_a_503(account: MockAccount, case: Case) -> None:
    """A timeout of DynamoDB or SQS is a 503 with Retry-After."""
    with account.connection.timing_out(case.operation):
        response = case.send(account)

    assert (response.status, response.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize(
    ("case", "code"),
    [(case, code) for case in _CASES for code in _NOT_RETRYABLE[_service(case)]],
    ids=_name,
)
def test_other_error_is_a_500(account: MockAccount, case: Case, code: str) -> None:
    """Any other error is a 500 with the request ID; the log has cause and stack trace."""
    message = "arn:aws:x of john.doe@example.com"
    with account.connection.refusing(case.operation, code, message=message):
        response = case.send(account)

    assert response.status == 500
    request_id = response.headers["X-Request-Id"]
    assert response.body == {
        "error": "Internal server error",
        "message": case.message,
        "requestId": request_id,
    }
    logged = account.console.log("Request could not be processed")
    assert (logged["level"], logged["requestId"]) == ("ERROR", request_id)
    assert logged["component"] == case.function
    assert case.operation == "Query" or logged["orderId"] == "A-1"
    assert code in logged["exception"]
    assert "john.doe@" not in account.console.getvalue()
    assert_counted(account, case)


def assert_counted(account: MockAccount, case: Case) -> None:
    """The failure is counted once."""
    dimensions = {"environment": "test", "service": case.function}
    assert account.console.metric(case.failure_metric) == [(1, dimensions)]
