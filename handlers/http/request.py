"""A request as API Gateway hands it over, whichever kind of gateway it came through."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import unquote

from simplejson import JSONDecodeError

from handlers.common import exact_json
from handlers.http.media_type import media_type_problem
from handlers.http.principal import principal_of
from handlers.validation.normalization import nfc
from handlers.validation.rejection import Rejection, Violation

MAX_BODY_BYTES: Final = 10 * 1024

# A correlation ID or an idempotency key: visible ASCII characters without the comma, by which gateways join the values
# of a header that is sent more than once.
TOKEN: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,255}")

# A gateway that decodes a body puts this character in place of bytes that are not UTF-8. A client that means the
# character itself sends it as an escape.
_REPLACED: Final = "\ufffd"

# The route of a request that matches no other.
NO_ROUTE: Final = "$default"


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request in payload format 1.0 or 2.0; header names in lower case, the values of one name joined by commas."""

    request_id: str
    method: str
    route: str
    """Method and path as they were deployed, such as `GET /orders/{orderId}`; `$default` if none fits."""

    headers: Mapping[str, str]
    body: str
    is_base64: bool
    path: Mapping[str, str] = field(default_factory=dict)
    """The route's parameters, decoded, in NFC."""

    query: Mapping[str, str] = field(default_factory=dict)
    """Decoded, in NFC; the values of a name that was given more than once are joined by commas."""

    claims: Mapping[str, Any] = field(default_factory=dict)
    """What the caller's token says, where the gateway checked one."""

    principal: str | None = None
    """The caller's API key or IAM principal, where the gateway checked one."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read the parts that this API uses."""
        context = event["requestContext"]
        path = nfc(_path(event))
        return cls(
            request_id=context["requestId"],
            method=event["httpMethod"] if "httpMethod" in event else context["http"]["method"],
            route=_route(event, path),
            headers=_headers(event),
            body=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
            path=path,
            query=nfc(_query(event)),
            claims=((context.get("authorizer") or {}).get("jwt") or {}).get("claims") or {},
            principal=principal_of(context),
        )

    @property
    def correlation_id(self) -> str:
        """The client's `X-Correlation-Id` where it is usable, else the request ID."""
        given = self.headers.get("x-correlation-id", "")
        return given if TOKEN.fullmatch(given) else self.request_id

    def json(self) -> Any:
        """Return what the body holds; numbers are exact, and text is in NFC.

        Raises:
            Rejection: 415 for another content type, 413 for a body over 10 KB, 400 for what is not JSON.
        """
        if problem := media_type_problem(self.headers.get("content-type", "")):
            raise Rejection(415, "Unsupported media type", [Violation("Content-Type", problem)])
        return _json(self._text())

    def _text(self) -> str:
        try:
            raw = (
                base64.b64decode(self.body, validate=True) if self.is_base64 else self.body.encode()
            )
            text = raw.decode()
        except ValueError:  # neither base64 nor UTF-8
            raise _malformed("Must be UTF-8 text") from None
        if _REPLACED in text:
            raise _malformed("Must be UTF-8 text")
        if len(raw) > MAX_BODY_BYTES:
            message = f"Must be at most {MAX_BODY_BYTES} bytes"
            raise Rejection(413, "Payload too large", [Violation("body", message)])
        return text


def _route(event: Mapping[str, Any], parameters: Mapping[str, str]) -> str:
    # A REST API ignores a slash at the end of a path and takes an encoded slash for part of a name. An HTTP API does
    # neither. Here both are paths that do not exist, as on an HTTP API.
    path = event.get("rawPath") or event.get("path") or ""
    if path.endswith("/") or "//" in path or any("/" in value for value in parameters.values()):
        return NO_ROUTE
    return event.get("routeKey") or f"{event['httpMethod']} {event['resource']}"


def _headers(event: Mapping[str, Any]) -> Mapping[str, str]:
    # An HTTP API joins the values of a repeated header by itself; of a REST API's, `headers` would hold the last alone.
    repeated = event.get("multiValueHeaders") or {
        name: [value] for name, value in (event.get("headers") or {}).items()
    }
    values: dict[str, list[str]] = {}
    for name, given in repeated.items():
        values.setdefault(name.lower(), []).extend(given)
    return {name: ",".join(given) for name, given in values.items()}


def _path(event: Mapping[str, Any]) -> Mapping[str, str]:
    given = event.get("pathParameters") or {}
    # An HTTP API decodes them, a REST API passes them on as the client wrote them.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    return given if "routeKey" in event else {name: unquote(value) for name, value in given.items()}


def _query(event: Mapping[str, Any]) -> Mapping[str, str]:
    # An HTTP API joins repeated names by itself; of a REST API's, `queryStringParameters` would hold the last alone.
    repeated = event.get("multiValueQueryStringParameters") or {}
    return (
        {name: ",".join(values) for name, values in repeated.items()}
        or event.get("queryStringParameters")
        or {}
    )


def _json(text: str) -> Any:
    try:
        content = exact_json.loads(text)
        return content if text.isascii() and "\\u" not in text else nfc(content)
    except RecursionError:
        raise _malformed("Must nest objects and arrays less deeply") from None
    except JSONDecodeError as error:
        raise _malformed(f"Must be valid JSON: {_problem(error)}") from None


def _problem(error: JSONDecodeError) -> str:
    """Say what the parser expected and where; the parser's own message may quote the body."""
    reason = error.msg.replace(" %r", "").removesuffix(" at")
    return f"{reason[0].lower()}{reason[1:]} at line {error.lineno}, column {error.colno}"


def _malformed(message: str) -> Rejection:
    return Rejection(400, "Malformed JSON", [Violation("body", message)])
