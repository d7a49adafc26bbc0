"""An AWS error as a response, in the protocol of the request: JSON or XML."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from local.emulator.signatures import Request

    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_TO_S3 = re.compile(r"(?:/|%2F)s3(?:/|%2F)aws4_request|[?&]?AWSAccessKeyId=")


async def send_error(
    request: Request, code: str, sentence: str, send: Send, *, status: int = 403
) -> None:
    """Respond with an error as the client's SDK expects it."""
    error = f"<Error><Code>{code}</Code><Message>{escape(sentence)}</Message></Error>"
    if _TO_S3.search(request.query) or _TO_S3.search(request.headers.get("authorization", "")):
        content_type, text = b"text/xml", error
    elif request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        content_type, text = b"text/xml", f"<ErrorResponse>{error}</ErrorResponse>"
    else:
        content_type, text = b"application/json", json.dumps({"__type": code, "message": sentence})
    body = text.encode()
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-errortype", code.encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
