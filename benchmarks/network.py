"""Canned AWS responses at botocore's HTTP session: nothing leaves the process, calls are counted.

Requests are serialised and signed as usual. What this module imports is no part of the figures, so
it imports what Lambda's runtime client imports anyway, and when it responds, what the function has
imported by then.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib.machinery import PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

_SESSION = "botocore.httpsession"
_XML = (
    "<{0}Response><{0}Result>{1}</{0}Result>"
    "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{0}Response>"
)
_MESSAGE_ID = "7f5a7b0e-4f39-4c86-9e0d-0d1d2c9a3b11"
_PUBLISHED = "<member><Id>{}</Id><MessageId>{}</MessageId></member>"
_EMPTY_CBOR_MAP = b"\xa0"


class Network:
    """The AWS calls of a process: how many of each operation, and the bodies of the requests."""

    def __init__(self, *, records_bodies: bool) -> None:
        self.calls: Counter[str] = Counter()
        self.bodies: list[tuple[str, str]] = []
        self._records_bodies = records_bodies

    def cut(self) -> None:
        """Replace the HTTP session's `send` when botocore is imported, whichever copy that is."""
        sys.meta_path.insert(0, _Finder(self))

    def send(self, request: Any) -> Any:
        """Respond to a prepared request of botocore."""
        from botocore.awsrequest import AWSResponse  # noqa: PLC0415 (the function has imported it)

        body = request.body or b""
        text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
        operation = _operation(request.url, request.headers, text)
        self.calls[operation] += 1
        if self._records_bodies:
            self.bodies.append((operation, text))
        headers, content = _response(operation, text)
        fields: Any = {"x-amzn-requestid": "r", **headers}
        return AWSResponse(request.url, 200, fields, _Raw(content))


class _Finder:
    """Finds botocore's HTTP session where Python does, and replaces its `send` once it is run."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of the one module, with another `exec_module`."""
        if name != _SESSION:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            network = self._network
            module.URLLib3Session.send = lambda _session, request: network.send(request)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign] # of this loader alone
        return spec


class _Raw:
    """A response's body as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self, *_arguments: Any, **_options: Any) -> Iterator[bytes]:
        """Yield the content at once."""
        yield self._content


def _operation(url: str, headers: Any, body: str) -> str:
    """Return the operation's name, as the request's protocol says it."""
    target = headers.get("X-Amz-Target")
    if target:
        return (target.decode() if isinstance(target, bytes) else str(target)).rpartition(".")[2]
    if url.endswith("/v2/email/outbound-emails"):
        return "SendEmail"
    if "/operation/" in url:
        return url.rpartition("/")[2]
    return _fields(body).get("Action", [url])[0]


def _response(operation: str, body: str) -> tuple[dict[str, str], bytes]:
    """Return headers and content of a successful response.

    Raises:
        LookupError: there is no response for the operation.
    """
    match operation:
        case "PutItem" | "UpdateItem":
            content: dict[str, Any] = {}
        case "BatchExecuteStatement":
            content = {"Responses": [{} for _ in json.loads(body)["Statements"]]}
        case "SendMessage" | "SendEmail":
            content = {"MessageId": _MESSAGE_ID}
        case "PutMetricData":
            headers = {"content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
            return headers, _EMPTY_CBOR_MAP
        case "Publish":
            return _xml(operation, f"<MessageId>{_MESSAGE_ID}</MessageId>")
        case "PublishBatch":
            members = (
                _PUBLISHED.format(each["Id"], _MESSAGE_ID) for each in published_entries(body)
            )
            return _xml(operation, f"<Successful>{''.join(members)}</Successful><Failed/>")
        case _:
            raise LookupError(f"benchmarks/network.py has no response to {operation}.")
    return {"content-type": "application/x-amz-json-1.0"}, json.dumps(content).encode()


def published_entries(body: str) -> list[dict[str, str]]:
    """Return `Id` and `Message` of each entry of a PublishBatch request, in order."""
    fields = _fields(body)
    prefix = "PublishBatchRequestEntries.member."
    count = sum(name.startswith(prefix) and name.endswith(".Id") for name in fields)
    return [
        {name: fields[f"{prefix}{number}.{name}"][0] for name in ("Id", "Message")}
        for number in range(1, count + 1)
    ]


def _fields(body: str) -> dict[str, list[str]]:
    from urllib.parse import parse_qs  # noqa: PLC0415 (the function has imported it)

    return parse_qs(body, keep_blank_values=True)


def _xml(operation: str, result: str) -> tuple[dict[str, str], bytes]:
    return {"content-type": "text/xml"}, _XML.format(operation, result).encode()
