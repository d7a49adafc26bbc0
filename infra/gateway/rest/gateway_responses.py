"""Gateway responses: a REST API's own errors, with the functions' texts and format.

An HTTP API's own errors cannot be changed.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from handlers.http.rejection import Rejection, Violation
from infra.gateway.args import EXPOSED_HEADERS

# Token buckets fill up every second; other failures are usually over within a few seconds.
_THROTTLED_SECONDS: Final = 1
_FAILED_SECONDS: Final = 5


@dataclass(frozen=True, kw_only=True)
class GatewayResponse:
    """A status code, API Gateway's own where it is None, and a body."""

    status: int | None
    body: Mapping[str, Any]
    retry_after_seconds: int | None = None

    def arguments(self, origins: Sequence[str]) -> dict[str, Any]:
        """Return the arguments of `aws.apigateway.Response`.

        A response with CORS headers names one origin. With several, it is `*`, as no response holds
        personal data.
        """
        headers = {"X-Request-Id": "context.requestId", "Cache-Control": "'no-store'"}
        if origins:
            origin = origins[0] if len(origins) == 1 else "*"
            headers["Access-Control-Allow-Origin"] = f"'{origin}'"
            headers["Access-Control-Expose-Headers"] = f"'{','.join(EXPOSED_HEADERS)}'"
        if self.retry_after_seconds is not None:
            headers["Retry-After"] = f"'{self.retry_after_seconds}'"
        # No part of the request or of the validator's message: API Gateway may not escape them.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
        body = json.dumps({**self.body, "requestId": "$context.requestId"}, separators=(",", ":"))
        return {
            "status_code": None if self.status is None else str(self.status),
            "response_parameters": {
                f"gatewayresponse.header.{name}": value for name, value in headers.items()
            },
            "response_templates": {"application/json": body},
        }


def _message(
    status: int | None, error: str, message: str, *, retry_after_seconds: int | None = None
) -> GatewayResponse:
    body = {"error": error, "message": message}
    return GatewayResponse(status=status, body=body, retry_after_seconds=retry_after_seconds)


def _rejected(rejection: Rejection) -> GatewayResponse:
    errors = [violation.as_error() for violation in rejection.violations]
    body = {"error": rejection.error, "errors": errors}
    return GatewayResponse(status=rejection.status, body=body)


def _forbidden(message: str) -> GatewayResponse:
    return _message(403, "Forbidden", message)


def _failed(status: int | None) -> GatewayResponse:
    return _message(status, "Internal server error", "Failed to process the request")


def _timeout(error: str) -> GatewayResponse:
    message = "Retry the same request later"
    return _message(504, error, message, retry_after_seconds=_FAILED_SECONDS)


NOT_FOUND: Final = _message(404, "Not found", "The requested resource does not exist")
UNSIGNED: Final = _forbidden("The request is not signed, or the resource does not exist")

_THROTTLED: Final = _message(
    429,
    "Too many requests",
    "Retry the same request later",
    retry_after_seconds=_THROTTLED_SECONDS,
)

# All types of gateway responses, also those that this API never sends.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
_RESPONSES: Final[Mapping[str, GatewayResponse]] = {
    "ACCESS_DENIED": _forbidden("You are not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": _failed(500),
    "AUTHORIZER_CONFIGURATION_ERROR": _failed(500),
    "AUTHORIZER_FAILURE": _failed(500),
    "BAD_REQUEST_BODY": _rejected(
        Rejection.invalid(
            [Violation("body", "Must be a JSON object with the structure of an order")]
        )
    ),
    "BAD_REQUEST_PARAMETERS": _message(400, "Bad request", "Invalid request parameters"),
    "DEFAULT_4XX": _message(None, "Bad request", "Invalid request"),
    "DEFAULT_5XX": _failed(None),
    "EXPIRED_TOKEN": _forbidden("The request signature has expired"),
    "INTEGRATION_FAILURE": _timeout("Gateway failure"),
    "INTEGRATION_TIMEOUT": _timeout("Gateway timeout"),
    "INVALID_API_KEY": _forbidden("A valid API key is required in the X-Api-Key header"),
    "INVALID_SIGNATURE": _forbidden("The request signature is not valid"),
    "QUOTA_EXCEEDED": _THROTTLED,
    # AWS does not use it yet, and sends its own text.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    "REQUEST_TOO_LARGE": _rejected(
        Rejection(413, "Payload too large", [Violation("body", "Must be at most 10240 bytes")])
    ),
    "RESOURCE_NOT_FOUND": NOT_FOUND,
    "THROTTLED": _THROTTLED,
    "UNAUTHORIZED": _message(401, "Unauthorized", "Valid credentials are required"),
    "UNSUPPORTED_MEDIA_TYPE": _rejected(
        Rejection(
            415, "Unsupported media type", [Violation("Content-Type", "Must be application/json")]
        )
    ),
    "WAF_FILTERED": _forbidden("The request was blocked by a firewall"),
}


def gateway_responses(missing_token: GatewayResponse) -> Mapping[str, GatewayResponse]:
    """Return the gateway responses by type.

    `missing_token` is for paths and methods that the API does not have. API Gateway reports them,
    and a missing signature, as MISSING_AUTHENTICATION_TOKEN.
    """
    return {**_RESPONSES, "MISSING_AUTHENTICATION_TOKEN": missing_token}
