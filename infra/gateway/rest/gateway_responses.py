"""What a REST API answers by itself, in the shape of the functions' answers.

An HTTP API's own answers cannot be changed.
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from handlers.validation.rejection import Rejection, Violation
from infra.gateway.args import EXPOSED_HEADERS

# Its buckets fill up every second; whatever else fails has usually recovered within a few.
_THROTTLED_SECONDS: Final = 1
_FAILED_SECONDS: Final = 5


@dataclass(frozen=True, kw_only=True)
class GatewayAnswer:
    """A status, API Gateway's own where it is None, and a body; the words are the functions' where they have them."""

    status: int | None
    body: Mapping[str, Any]
    retry_after_seconds: int | None = None

    def arguments(self, origins: Sequence[str]) -> dict[str, Any]:
        """Return the arguments of the gateway response."""
        status = {} if self.status is None else {"status_code": str(self.status)}
        retry = (
            {}
            if self.retry_after_seconds is None
            else {"Retry-After": f"'{self.retry_after_seconds}'"}
        )
        headers = {
            "X-Request-Id": "context.requestId",
            "Cache-Control": "'no-store'",
            **_cors(origins),
            **retry,
        }
        # Neither the client's words nor the validator's are repeated: nothing says that they are escaped in here.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
        body = json.dumps({**self.body, "requestId": "$context.requestId"}, separators=(",", ":"))
        return {
            **status,
            "response_parameters": {
                f"gatewayresponse.header.{name}": value for name, value in headers.items()
            },
            "response_templates": {"application/json": body},
        }


def _cors(origins: Sequence[str]) -> Mapping[str, str]:
    """Let pages read the answer; those of any origin where the stack has several, as it holds nothing of anybody's.

    A stack that allows no origin has no CORS headers.
    """
    if not origins:
        return {}
    origin = origins[0] if len(origins) == 1 else "*"
    exposed = ",".join(EXPOSED_HEADERS)
    return {
        "Access-Control-Allow-Origin": f"'{origin}'",
        "Access-Control-Expose-Headers": f"'{exposed}'",
    }


def _said(
    status: int | None, error: str, message: str, *, retry_after_seconds: int | None = None
) -> GatewayAnswer:
    body = {"error": error, "message": message}
    return GatewayAnswer(status=status, body=body, retry_after_seconds=retry_after_seconds)


def _rejected(rejection: Rejection) -> GatewayAnswer:
    errors = [violation.as_error() for violation in rejection.violations]
    return GatewayAnswer(status=rejection.status, body={"error": rejection.error, "errors": errors})


def _forbidden(message: str) -> GatewayAnswer:
    return _said(403, "Forbidden", message)


def _failed(status: int | None) -> GatewayAnswer:
    return _said(status, "Internal server error", "Failed to answer the request")


def _late(error: str) -> GatewayAnswer:
    return _said(
        504, error, "Please send the same request again later", retry_after_seconds=_FAILED_SECONDS
    )


NOT_FOUND: Final = _said(404, "Not found", "There is nothing at this path")
UNSIGNED: Final = _forbidden("The request is not signed, or there is nothing at this path")

_THROTTLED: Final = _said(
    429,
    "Too many requests",
    "Please send the same request again later",
    retry_after_seconds=_THROTTLED_SECONDS,
)

# Every type that there is, whether this API can come to it or not.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
_ANSWERS: Final[Mapping[str, GatewayAnswer]] = {
    "ACCESS_DENIED": _forbidden("This is not for the caller to see or to do"),
    "API_CONFIGURATION_ERROR": _failed(500),
    "AUTHORIZER_CONFIGURATION_ERROR": _failed(500),
    "AUTHORIZER_FAILURE": _failed(500),
    "BAD_REQUEST_BODY": _rejected(
        Rejection.invalid(
            [Violation("body", "Must be JSON, and an object in the structure of an order")]
        )
    ),
    "BAD_REQUEST_PARAMETERS": _said(400, "Bad request", "The request cannot be answered as it is"),
    "DEFAULT_4XX": _said(None, "Bad request", "The request cannot be answered as it is"),
    "DEFAULT_5XX": _failed(None),
    "EXPIRED_TOKEN": _forbidden("The signature of the request has expired"),
    "INTEGRATION_FAILURE": _late("Gateway failure"),
    "INTEGRATION_TIMEOUT": _late("Gateway timeout"),
    "INVALID_API_KEY": _forbidden("The request needs a valid API key, in the header X-Api-Key"),
    "INVALID_SIGNATURE": _forbidden("The signature of the request is not valid"),
    "QUOTA_EXCEEDED": _THROTTLED,
    # Declared although AWS, so far, answers in words of its own.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
    "REQUEST_TOO_LARGE": _rejected(
        Rejection(413, "Payload too large", [Violation("body", "Must be at most 10240 bytes")])
    ),
    "RESOURCE_NOT_FOUND": NOT_FOUND,
    "THROTTLED": _THROTTLED,
    "UNAUTHORIZED": _said(401, "Unauthorized", "The request needs valid credentials"),
    "UNSUPPORTED_MEDIA_TYPE": _rejected(
        Rejection(
            415, "Unsupported media type", [Violation("Content-Type", "Must be application/json")]
        )
    ),
    "WAF_FILTERED": _forbidden("The request was refused by a firewall"),
}


def gateway_answers(not_served: GatewayAnswer) -> Mapping[str, GatewayAnswer]:
    """Return the answer of each type of gateway response.

    `not_served` is for paths and methods that the API does not have. API Gateway misses a token there, even where it
    asks for none, and a signature that is missing is of the same type.
    """
    return {**_ANSWERS, "MISSING_AUTHENTICATION_TOKEN": not_served}
