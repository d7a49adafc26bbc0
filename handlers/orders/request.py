"""From API Gateway's event to a validated order request, or to a rejection that names every violation."""

import base64
import re
from collections.abc import Iterator, Mapping
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
_PYTHON_DECIMAL: Final = re.compile(r"Decimal\('([^']+)'\)")
_IN_JSON_TERMS: Final = {
    "decimal_max_places": "Must have at most {decimal_places} decimals",
    "dict_type": "Must be an object",
    "extra_forbidden": "Is not a field of an order",
    "is_instance_of": "Must be a number",
    "less_than_equal": "Must be at most {le}",
    "list_type": "Must be an array",
    "model_type": "Must be an object",
    "string_pattern_mismatch": "Must be 1 to 128 letters, digits or any of ._:-, and begin with a letter or digit",
    "string_unicode": "Must be Unicode text",
    "too_long": "Must have at most {max_length} entries",
    "too_short": "Must have at least {min_length} entry",
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
        """The client's `Idempotency-Key`, if it sent one; `order_request` says whether it may be used."""
        return self.headers.get("idempotency-key")

    def order_request(self) -> OrderRequest:
        """Return the order that the body asks for, checked together with the idempotency key.

        Raises:
            Rejection: 415 for another content type, 413 for a body over 10 KB, 400, with all violations, for the rest.
        """
        content_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/json":
            raise Rejection(415, "Unsupported media type", [Violation("Content-Type", "Must be application/json")])
        data = _json(self._text())
        violations = list(self._key_violations(data))
        try:
            request = OrderRequest.model_validate(data)
        except ValidationError as error:
            raise Rejection.invalid([*_violations(error), *violations]) from None
        if violations:
            raise Rejection.invalid(violations)
        return request

    def _key_violations(self, data: Any) -> Iterator[Violation]:
        key = self.idempotency_key
        if key is None:
            return
        if not _TOKEN.fullmatch(key):
            yield Violation("Idempotency-Key", "Must be 1 to 255 visible ASCII characters")
        # Two keys that differ would need two conditional writes to be honoured both (docs/adr/0004).
        if isinstance(data, dict) and data.get("orderId", key) != key:
            yield Violation("Idempotency-Key", "Must be absent, or equal to orderId, when orderId is given")

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
        for entry in error.errors(include_url=False)
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
    if entry["loc"][-1:] == ("itemId",):
        return "Must be absent, or equal to productId"
    template = _IN_JSON_TERMS.get(entry["type"])
    message = template.format(**entry.get("ctx", {})) if template else str(entry["msg"])
    return _PYTHON_DECIMAL.sub(r"\1", message)
