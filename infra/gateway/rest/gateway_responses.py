"""Gateway responses: a REST API's own errors, with the functions' texts and format.

An HTTP API's own errors cannot be changed.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from handlers.http.media_type import NOT_JSON
from handlers.http.rejection import Rejection, Violation
from handlers.http.response import (
    Response,
    failed,
    forbidden,
    not_found,
    rejected,
    unavailable,
)
from infra.gateway.args import EXPOSED_HEADERS
from infra.inputs import text


def _forbidden(message: str) -> Response:
    return Response(403, {**forbidden().body, "message": message})


def _bad_request(message: str) -> Response:
    return Response(400, {"error": "Bad request", "message": message})


def _timeout(error: str) -> Response:
    later = unavailable()
    return Response(504, {**later.body, "error": error}, later.headers)


NOT_FOUND: Final = not_found()
UNSIGNED: Final = _forbidden("The request is not signed, or the resource does not exist")

_FAILED: Final = failed("Failed to process the request")
_THROTTLED: Final = Response(
    429,
    {**unavailable().body, "error": "Too many requests"},
    {"Retry-After": "1"},  # token buckets fill up every second
)
_NO_ORDER: Final = Violation("body", "Must be a JSON object with the structure of an order")

# All types of gateway responses, also those that this API never sends.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
_RESPONSES: Final[Mapping[str, Response]] = {
    "ACCESS_DENIED": forbidden(),
    "API_CONFIGURATION_ERROR": _FAILED,
    "AUTHORIZER_CONFIGURATION_ERROR": _FAILED,
    "AUTHORIZER_FAILURE": _FAILED,
    "BAD_REQUEST_BODY": rejected(Rejection.invalid([_NO_ORDER])),
    "BAD_REQUEST_PARAMETERS": _bad_request("Invalid request parameters"),
    "DEFAULT_4XX": _bad_request("Invalid request"),
    "DEFAULT_5XX": _FAILED,
    "EXPIRED_TOKEN": _forbidden("The request signature has expired"),
    "INTEGRATION_FAILURE": _timeout("Gateway failure"),
    "INTEGRATION_TIMEOUT": _timeout("Gateway timeout"),
    "INVALID_API_KEY": _forbidden("A valid API key is required in the X-Api-Key header"),
    "INVALID_SIGNATURE": _forbidden("The request signature is not valid"),
    "QUOTA_EXCEEDED": _THROTTLED,
    # AWS does not use it yet, and sends its own text.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    "REQUEST_TOO_LARGE": rejected(Rejection.too_large()),
    "RESOURCE_NOT_FOUND": NOT_FOUND,
    "THROTTLED": _THROTTLED,
    "UNAUTHORIZED": Response(
        401, {"error": "Unauthorized", "message": "Valid credentials are required"}
    ),
    "UNSUPPORTED_MEDIA_TYPE": rejected(Rejection.unsupported_media_type(NOT_JSON)),
    "WAF_FILTERED": _forbidden("The request was blocked by a firewall"),
}


def gateway_responses(missing_token: Response) -> Mapping[str, Response]:
    """Return the gateway responses by type.

    `missing_token` is for paths and methods that the API does not have. API Gateway reports them,
    and a missing signature, as MISSING_AUTHENTICATION_TOKEN.
    """
    return {**_RESPONSES, "MISSING_AUTHENTICATION_TOKEN": missing_token}


def gateway_response_arguments(
    response_type: str, response: Response, origins: Sequence[pulumi.Input[str]]
) -> dict[str, Any]:
    """Return the arguments of `aws.apigateway.Response`.

    A response with CORS headers names one origin. With several, it is `*`, as no response holds
    personal data.
    """
    headers: dict[str, pulumi.Input[str]] = {
        "X-Request-Id": "context.requestId",
        "Cache-Control": "'no-store'",
    }
    if origins:
        origin = origins[0] if len(origins) == 1 else "*"
        headers["Access-Control-Allow-Origin"] = text("'{}'".format, origin)
        headers["Access-Control-Expose-Headers"] = f"'{','.join(EXPOSED_HEADERS)}'"
    headers |= {name: f"'{value}'" for name, value in response.headers.items()}
    # No part of the request or of the validator's message: API Gateway may not escape them.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
    body = json.dumps({**response.body, "requestId": "$context.requestId"}, separators=(",", ":"))
    return {
        "response_type": response_type,
        # The defaults are for many statuses, and keep each.
        "status_code": None if response_type.startswith("DEFAULT_") else str(response.status),
        "response_parameters": {
            f"gatewayresponse.header.{name}": value for name, value in headers.items()
        },
        "response_templates": {"application/json": body},
    }
