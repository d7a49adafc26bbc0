"""A server in place of the deployed API: it records requests, and responds as a test says."""

from __future__ import annotations

import json
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request that has arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def order(self) -> dict[str, Any]:
        """The body as JSON."""
        order: dict[str, Any] = json.loads(self.body)
        return order

    @property
    def key(self) -> str:
        """The idempotency key."""
        return self.headers["Idempotency-Key"]


@dataclass
class FakeApi:
    """An API: `responses` are the next ones (status, headers, body); then it accepts everything."""

    url: str
    received: list[Received] = field(default_factory=list)
    responses: deque[tuple[int, Mapping[str, str], Any]] = field(default_factory=deque)

    def respond(self, status: int, body: Any = None, **headers: str) -> None:
        """Add a response; a header's name has underscores in place of hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.responses.append((status, named, body))

    def next_response(self) -> tuple[int, Mapping[str, str], Any]:
        """Return the next response."""
        accepted = {"orderId": f"order-{len(self.received)}"}
        return self.responses.popleft() if self.responses else (200, {}, accepted)


@contextmanager
def serving_api() -> Iterator[FakeApi]:
    """Serve an API within the block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            api.received.append(
                Received(method=self.command, path=self.path, headers=dict(self.headers), body=body)
            )
            status, headers, content = api.next_response()
            encoded = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(encoded))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(encoded)

        do_GET = do_POST  # noqa: N815 (the library's name)

        def log_message(self, *_arguments: object) -> None:
            """Write nothing to the terminal."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, _request: object, _address: object) -> None:
            """Write nothing to the terminal: a client that was cancelled closes its connection."""

    with Server(("127.0.0.1", 0), Handler) as server:
        api = FakeApi(url=f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield api
        server.shutdown()
        thread.join()
