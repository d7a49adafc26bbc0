"""A stack's API over HTTP, with the real handlers behind it and a mocked account."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.support.mock_account import ApiResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.orderctl.support.operator import OperatorStack

PAGE_POLICY = {"Content-Security-Policy": "default-src 'self'"}


@dataclass
class ApiServer:
    """A server on a loopback port; a test changes what it responds and who gets the event."""

    operator: OperatorStack
    url: str = ""
    consumers: tuple[str, ...] | None = ("email", "audit")
    """Who processes the event of a stored order; None where the relay publishes nothing."""
    respond: Callable[[ApiServer, Mapping[str, str], Any], ApiResponse | None] = (
        lambda server, headers, body: server.store(headers, body)
    )
    """Returns the response to an order; None to close the connection without one."""
    page_headers: Mapping[str, str] = field(default_factory=lambda: PAGE_POLICY)
    requests: list[tuple[Mapping[str, str], Any]] = field(default_factory=list)

    def store(self, headers: Mapping[str, str], body: Any) -> ApiResponse:
        """Let the real function store the order, and the others process it."""
        response = self.operator.account.post(body, key=headers["Idempotency-Key"])
        if response.status == 200 and "Idempotent-Replayed" not in response.headers:
            self.operator.log_last_invocation("orders")
            if self.consumers is not None:
                self.operator.deliver(response.body["orderId"], *self.consumers)
        return response


@contextlib.contextmanager
def serving(operator: OperatorStack) -> Iterator[ApiServer]:
    """Serve the API until the block ends."""
    api = ApiServer(operator)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            headers = dict(self.headers.items())
            api.requests.append((headers, body))
            if (response := api.respond(api, headers, body)) is not None:
                self._send(response)

        def do_GET(self) -> None:
            self._send(ApiResponse(200, api.page_headers, "<!doctype html>"))

        def _send(self, response: ApiResponse) -> None:
            self.send_response(response.status)
            content = response.text.encode()
            for name, value in {**response.headers, "Content-Length": len(content)}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
