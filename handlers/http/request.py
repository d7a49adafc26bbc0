"""HTTP requests: proxy events of API Gateway, in payload format 1.0 or 2.0."""

import base64
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import unquote

from simplejson import JSONDecodeError

from handlers.common import exact_json
from handlers.http.callers import principal
from handlers.http.media_type import media_type_problem
from handlers.http.rejection import MAX_BODY_BYTES, Rejection, Violation
from handlers.validation.normalization import nfc

# A correlation ID or an idempotency key: visible ASCII characters. Gateways join the values of a
# repeated header by commas, so a comma is not allowed.
TOKEN: Final = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,255}")

# A gateway that decodes a body replaces bytes that are not UTF-8 by this character. A client that
# means the character itself sends it as an escape.
_REPLACEMENT_CHARACTER: Final = "\ufffd"

# The route of a request that matches no other.
NO_ROUTE: Final = "$default"


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request; header names are in lower case, values of one name are joined by commas."""

    request_id: str
    method: str
    route: str
    """The route key, such as `GET /orders/{orderId}`; `$default` if none matches."""

    headers: Mapping[str, str]
    body: str
    is_base64: bool
    path: Mapping[str, str] = field(default_factory=dict)
    """Path parameters, decoded, in NFC."""

    query: Mapping[str, str] = field(default_factory=dict)
    """Query parameters, decoded, in NFC; the values of one name are joined by commas."""

    claims: Mapping[str, Any] = field(default_factory=dict)
    """The claims of the caller's token, if the gateway checked one."""

    principal: str | None = None
    """The caller's API key or IAM principal, if the gateway checked one."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Return the request in a proxy event."""
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
            principal=principal(context),
        )

    @property
    def correlation_id(self) -> str:
        """The client's `X-Correlation-Id` if it is valid, else the request ID."""
        header = self.headers.get("x-correlation-id", "")
        return header if TOKEN.fullmatch(header) else self.request_id

    def json(self) -> Any:
        """Return the parsed body; numbers are exact, and text is in NFC.

        Raises:
            Rejection: 415 for another content type, 413 above 10 KB, 400 if it is not JSON.
        """
        if problem := media_type_problem(self.headers.get("content-type", "")):
            raise Rejection.unsupported_media_type(problem)
        return _json(self._text())

    def _text(self) -> str:
        try:
            raw = (
                base64.b64decode(self.body, validate=True) if self.is_base64 else self.body.encode()
            )
            text = raw.decode()
        except ValueError:  # neither base64 nor UTF-8
            raise _malformed("Must be valid UTF-8") from None
        if _REPLACEMENT_CHARACTER in text:
            raise _malformed("Must be valid UTF-8")
        if len(raw) > MAX_BODY_BYTES:
            raise Rejection.too_large()
        return text


def unknown_parameters(query: Mapping[str, str], known: Collection[str] = ()) -> list[Violation]:
    """Return a violation for each query parameter that a path does not have."""
    # Clients choose these names, so logs and metrics label them all `?`.
    return [
        Violation(name, "Is not a query parameter of this path", label="?")
        for name in query
        if name not in known
    ]


def _route(event: Mapping[str, Any], parameters: Mapping[str, str]) -> str:
    # A REST API ignores a trailing slash and takes an encoded slash for part of a name. An HTTP API
    # does neither. On both, such paths do not exist.
    path = event.get("rawPath") or event.get("path") or ""
    if path.endswith("/") or "//" in path or any("/" in value for value in parameters.values()):
        return NO_ROUTE
    return event.get("routeKey") or f"{event['httpMethod']} {event['resource']}"


def _headers(event: Mapping[str, Any]) -> Mapping[str, str]:
    # An HTTP API joins the values of a repeated header; `headers` of a REST API has the last one.
    repeated = event.get("multiValueHeaders") or {
        name: [value] for name, value in (event.get("headers") or {}).items()
    }
    values: dict[str, list[str]] = {}
    for name, parts in repeated.items():
        values.setdefault(name.lower(), []).extend(parts)
    return {name: ",".join(parts) for name, parts in values.items()}


def _path(event: Mapping[str, Any]) -> Mapping[str, str]:
    path = event.get("pathParameters") or {}
    # An HTTP API decodes them; a REST API does not.
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    return path if "routeKey" in event else {name: unquote(value) for name, value in path.items()}


def _query(event: Mapping[str, Any]) -> Mapping[str, str]:
    # An HTTP API joins the values of a repeated name; `queryStringParameters` of a REST API has the
    # last one.
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
        raise _malformed("Must not be nested that deeply") from None
    except JSONDecodeError as error:
        raise _malformed(f"Must be valid JSON: {_problem(error)}") from None


def _problem(error: JSONDecodeError) -> str:
    """Return what the parser expected and where; its own message may quote the body."""
    reason = error.msg.replace(" %r", "").removesuffix(" at")
    return f"{reason[0].lower()}{reason[1:]} at line {error.lineno}, column {error.colno}"


def _malformed(message: str) -> Rejection:
    return Rejection(400, "Malformed JSON", [Violation("body", message)])
