"""Example responses: those of the functions to the sample order."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from handlers.common import exact_json
from handlers.http import response
from handlers.http.order_rules import OrderRules
from handlers.http.rejection import Rejection
from handlers.http.request import HttpRequest
from handlers.http.response import Response
from handlers.lookup import responses
from handlers.lookup.query import Cursor, Page, PageRequest
from handlers.order.order import Order, StoreResult
from handlers.validation.validator import request_validator
from openapi.statuses import Operation
from tooling.sample_order import SAMPLE_ORDER

KEY: Final = "8e03978e-40d5-43e8-bc93-6894a57f9324"

_REQUEST_ID: Final = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
_VALIDATOR: Final = request_validator("required")
_ORDER: Final = Order.from_request(
    _VALIDATOR.validate_python(exact_json.loads(json.dumps(SAMPLE_ORDER))),
    idempotency_key=KEY,
    request_id=_REQUEST_ID,
    correlation_id=_REQUEST_ID,
    retention_days=90,
    now=datetime(2026, 1, 15, 10, 30, tzinfo=UTC),
)
_LAST: Final = Cursor(created_at=_ORDER.record["createdAt"], order_id=_ORDER.order_id)


def response_body(operation: Operation, status: int) -> Any:
    """Return the example of a response's body; None if there is none."""
    example = _BY_OPERATION[operation].get(status) or _COMMON.get(status)
    if example is None:
        return None
    return json.loads(example.to_gateway(request_id=_REQUEST_ID, cors={})["body"])


def _refused_order() -> Response:
    order = {
        "customerName": "J",
        "items": [{"productId": "PROD-001", "quantity": 0, "price": 29.99}],
    }
    request = HttpRequest(
        request_id=_REQUEST_ID,
        method="POST",
        route="POST /orders",
        headers={"content-type": "application/json"},
        body=json.dumps(order),
        is_base64=False,
    )
    try:
        OrderRules(validator=_VALIDATOR, retention_days=90, customer_claim="").parse_order(request)
    except Rejection as rejection:
        return response.rejected(rejection)
    raise AssertionError("The refused order of the example was accepted")


def _refused_page() -> Response:
    try:
        PageRequest.parse({"limit": "1000"})
    except Rejection as rejection:
        return response.rejected(rejection)
    raise AssertionError("The refused page of the example was accepted")


_COMMON: Final[Mapping[int, Response]] = {
    403: response.forbidden(),
    404: response.not_found(),
    503: response.unavailable(),
}
_BY_OPERATION: Final[Mapping[Operation, Mapping[int, Response]]] = {
    Operation.SUBMIT: {
        200: response.accepted(StoreResult(_ORDER, replayed=False)),
        202: response.queued(_ORDER, message_id="5fea7756-0ea4-451a-a703-a558b933e274"),
        400: _refused_order(),
        409: response.rejected(Rejection.conflict("Idempotency-Key")),
        500: response.failed(response.ORDER_FAILURE),
    },
    Operation.READ: {
        200: responses.order(_ORDER.record),
        500: response.failed(responses.FAILURE),
    },
    Operation.LIST: {
        200: responses.orders(Page(orders=[dict(_ORDER.record)], last=_LAST)),
        400: _refused_page(),
        500: response.failed(responses.FAILURE),
    },
}
