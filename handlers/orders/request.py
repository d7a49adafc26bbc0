"""From API Gateway's event to a validated order request, or to a rejection that names every violation."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import ValidationError

from handlers.orders.model import FIELD_NAMES, OrderRequest
from handlers.orders.rejection import Rejection, Violation
from handlers.shared import exact_json

MAX_BODY_BYTES: Final = 10 * 1024

# What a client may send to be found again in our logs, or to make its request repeatable.
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,255}")

# Where pydantic speaks of Python's types, clients are told in JSON's.
_IN_JSON_TERMS: Final = {
    "dict_type": "Must be an object",
    "extra_forbidden": "Is not a field of an order",
    "is_instance_of": "Must be a number",
    "model_type": "Must be an object",
    "string_unicode": "Must be Unicode text",
}


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request as API Gateway hands it over, in payload format 1.0 or 2.0; header names in lower case."""

    request_id: str
    headers: Mapping[str, str]
    body: str
    is_base64: bool

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read the parts that this API uses."""
        return cls(
            request_id=event["requestContext"]["requestId"],
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            body=event.get("body") or "",
            is_base64=bool(event.get("isBase64Encoded")),
        )

    @property
    def correlation_id(self) -> str:
        """The client's `X-Correlation-Id` where it is usable, else the request ID."""
        given = self.headers.get("x-correlation-id", "")
        return given if _TOKEN.fullmatch(given) else self.request_id

    @property
    def idempotency_key(self) -> str | None:
        """The client's `Idempotency-Key`, if it sent one.

        Raises:
            Rejection: 400, the key is not 1 to 255 visible ASCII characters.
        """
        given = self.headers.get("idempotency-key")
        if given is not None and not _TOKEN.fullmatch(given):
            raise Rejection.invalid([Violation("Idempotency-Key", "Must be 1 to 255 visible ASCII characters")])
        return given

    def order_request(self) -> OrderRequest:
        """Return the order that the body asks for.

        Raises:
            Rejection: 415 for another content type, 413 for a body over 10 KB, 400 for everything else.
        """
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise Rejection(415, "Unsupported media type", [Violation("Content-Type", "Must be application/json")])
        data = _json(self._text())
        try:
            return OrderRequest.model_validate(data)
        except ValidationError as error:
            raise Rejection.invalid(_violations(error)) from None

    def _text(self) -> str:
        try:
            raw = base64.b64decode(self.body, validate=True) if self.is_base64 else self.body.encode()
            text = raw.decode()
        except ValueError:  # neither base64 nor UTF-8
            raise _not_json("is not UTF-8 text") from None
        if len(raw) > MAX_BODY_BYTES:
            message = f"Must be at most {MAX_BODY_BYTES} bytes"
            raise Rejection(413, "Payload too large", [Violation("body", message)])
        return text


def _json(text: str) -> Any:
    try:
        return exact_json.loads(text)
    except RecursionError:
        raise _not_json("nests too deeply") from None
    except ValueError:
        raise _not_json("is not JSON") from None


def _not_json(problem: str) -> Rejection:
    return Rejection(400, "Malformed JSON", [Violation("body", f"The body {problem}")])


def _violations(error: ValidationError) -> list[Violation]:
    return [
        Violation(_path(entry["loc"]), _message(entry), rule=_path(_anonymous(entry["loc"])))
        for entry in error.errors(include_url=False, include_context=False)
    ]


def _anonymous(location: tuple[int | str, ...]) -> tuple[str, ...]:
    """Leave out what varies with the client: `items[0].quantity` is `items[].quantity`, an unknown name is `?`."""
    return tuple("[]" if isinstance(part, int) else part if part in FIELD_NAMES else "?" for part in location)


def _path(location: tuple[int | str, ...]) -> str:
    """Write a location as clients write it: `items[0].quantity`; the body itself is `body`."""
    parts = (f"[{part}]" if isinstance(part, int) else part if part == "[]" else f".{part}" for part in location)
    return "".join(parts).removeprefix(".") or "body"


def _message(entry: Mapping[str, Any]) -> str:
    if entry["input"] is exact_json.REPEATED:
        return "Must not be given twice"
    return _IN_JSON_TERMS.get(entry["type"], str(entry["msg"]))
