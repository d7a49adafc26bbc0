"""Orders as clients send them, and proxy events of both kinds of gateway."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs
from uuid import uuid4

from tooling.sample_order import SAMPLE_ORDER

if TYPE_CHECKING:
    from collections.abc import Sequence

_OTHER_CUSTOMER: Final = {"customerName": "Jane Roe", "customerEmail": "jane.roe@example.com"}


def sample_order(**changes: Any) -> dict[str, Any]:
    """The sample order with some fields changed; None removes a field."""
    order = {**copy.deepcopy(SAMPLE_ORDER), **changes}
    return {name: value for name, value in order.items() if value is not None}


def an_order(**changes: Any) -> dict[str, Any]:
    """A valid order of another customer with some fields changed; None removes a field."""
    return sample_order(**{**_OTHER_CUSTOMER, **changes})


def an_order_with_item(**changes: Any) -> dict[str, Any]:
    """A valid order with one item, of which some fields are changed; None removes a field."""
    item = {"productId": "PROD-001", "quantity": 2, "price": 29.99, **changes}
    return an_order(items=[{name: value for name, value in item.items() if value is not None}])


def http_request(
    body: Any,
    *,
    headers: dict[str, str] | None = None,
    request_id: str | None = None,
    is_base64: bool = False,
) -> dict[str, Any]:
    """The event of an HTTP API (payload format 2.0); a body other than text is sent as JSON."""
    return {
        "version": "2.0",
        "routeKey": "POST /orders",
        "rawPath": "/orders",
        "rawQueryString": "",
        # An HTTP API writes header names in lower case.
        "headers": {name.lower(): value for name, value in _headers(headers).items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
            "http": {
                "method": "POST",
                "path": "/orders",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "curl/8.5.0",
            },
            "requestId": request_id or _new_request_id(),
            "routeKey": "POST /orders",
            "stage": "$default",
            "time": "15/Jan/2026:10:30:00 +0000",
            "timeEpoch": 1768473000000,
        },
        "body": _text(body),
        "isBase64Encoded": is_base64,
    }


def rest_request(
    body: Any, *, headers: dict[str, str] | None = None, request_id: str | None = None
) -> dict[str, Any]:
    """The event of a REST API (payload format 1.0); header names are unchanged."""
    all_headers = _headers(headers)
    return {
        "version": "1.0",
        "resource": "/orders",
        "path": "/orders",
        "httpMethod": "POST",
        "headers": all_headers,
        "multiValueHeaders": {name: [value] for name, value in all_headers.items()},
        "queryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "httpMethod": "POST",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "curl/8.5.0"},
            "path": "/prod/orders",
            "protocol": "HTTP/1.1",
            "requestId": request_id or _new_request_id(),
            "resourcePath": "/orders",
            "stage": "prod",
        },
        "body": _text(body),
        "isBase64Encoded": False,
    }


def through_both(
    body: Any, *, lines: Sequence[tuple[str, str]] = (), query: str = "", path: str = "/orders"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The events of both kinds of gateway, with additional header lines, which may repeat a name.

    An HTTP API joins repeated names by commas. A REST API has the last value in `headers`, and all
    values in `multiValueHeaders`.
    """
    http, rest = http_request(body), rest_request(body)
    parameters = parse_qs(query, keep_blank_values=True)
    http |= {"rawPath": path, "rawQueryString": query}
    rest |= {"path": path}
    if parameters:
        http["queryStringParameters"] = {
            name: ",".join(values) for name, values in parameters.items()
        }
        rest["queryStringParameters"] = {name: values[-1] for name, values in parameters.items()}
        rest["multiValueQueryStringParameters"] = parameters
    for name in {name for name, _ in lines} & rest["headers"].keys():
        del rest["headers"][name], rest["multiValueHeaders"][name], http["headers"][name.lower()]
    for name, value in lines:
        rest["headers"][name] = value
        rest["multiValueHeaders"].setdefault(name, []).append(value)
        before = http["headers"].get(name.lower())
        http["headers"][name.lower()] = value if before is None else f"{before},{value}"
    return http, rest


def _headers(changes: dict[str, str] | None) -> dict[str, str]:
    return {"Content-Type": "application/json", "User-Agent": "curl/8.5.0", **(changes or {})}


def _text(body: Any) -> str | None:
    return body if body is None or isinstance(body, str) else json.dumps(body)


def _new_request_id() -> str:
    return f"req-{uuid4()}"
