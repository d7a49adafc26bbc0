"""A request as API Gateway hands it over, whichever kind of gateway it came through."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import unquote

from simplejson import JSONDecodeError

from handlers.http.normalization import nfc
from handlers.ordering.rejection import Rejection, Violation
from handlers.shared import exact_json

MAX_BODY_BYTES: Final = 10 * 1024

# What a client may send to be found again in our logs, or to make its request repeatable.
TOKEN: Final = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request in payload format 1.0 or 2.0; header names in lower case."""

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

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read the parts that this API uses."""
        context = event["requestContext"]
        return cls(
            request_id=context["requestId"],
            method=event["httpMethod"] if "httpMethod" in event else context["http"]["method"],
            route=event.get("routeKey") or f"{event['httpMethod']} {event['resource']}",
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            body=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
            path=nfc(_path(event)),
            query=nfc(_query(event)),
            claims=((context.get("authorizer") or {}).get("jwt") or {}).get("claims") or {},
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
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise Rejection(415, "Unsupported media type", [Violation("Content-Type", "Must be application/json")])
        return _json(self._text())

    def _text(self) -> str:
        try:
            raw = base64.b64decode(self.body, validate=True) if self.is_base64 else self.body.encode()
            text = raw.decode()
        except ValueError:  # neither base64 nor UTF-8
            raise _malformed("Must be UTF-8 text") from None
        if len(raw) > MAX_BODY_BYTES:
            message = f"Must be at most {MAX_BODY_BYTES} bytes"
            raise Rejection(413, "Payload too large", [Violation("body", message)])
        return text


def _path(event: Mapping[str, Any]) -> Mapping[str, str]:
    given = event.get("pathParameters") or {}
    # An HTTP API decodes them, a REST API passes them on as the client wrote them.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    return given if "routeKey" in event else {name: unquote(value) for name, value in given.items()}


def _query(event: Mapping[str, Any]) -> Mapping[str, str]:
    # An HTTP API joins repeated names by itself; of a REST API's, `queryStringParameters` would hold the last alone.
    repeated = event.get("multiValueQueryStringParameters") or {}
    return {name: ",".join(values) for name, values in repeated.items()} or event.get("queryStringParameters") or {}


def _json(text: str) -> Any:
    try:
        return nfc(exact_json.loads(text))
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
