"""A proxy between functions and the emulator, which records AWS calls and injects faults."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

from tests.support.processes import started_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.emulator.emulator import Emulator

    # Returns the response to the function, or None to close the connection.
    Action = Callable[["InterceptedCall"], "AwsResponse | None"]

# The SDK sends the value of this variable with every call, in the header User-Agent.
_APP_ID = "AWS_SDK_UA_APP_ID"
_APP_IN_USER_AGENT = re.compile(r"\bapp/([a-z]+\.\d+)")
_TIMEOUT_SECONDS = 60
_HOP_HEADERS = {"connection", "content-length", "date", "server", "transfer-encoding"}


class AwsRequest(NamedTuple):
    """A call from a function; `app_id` is its short name and the proxy's port: `audit.40123`."""

    app_id: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def function(self) -> str:
        """The function's short name."""
        return self.app_id.partition(".")[0]

    @property
    def is_form(self) -> bool:
        """Whether it has the older protocol of forms and XML, as SNS has."""
        return self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")

    @property
    def operation(self) -> str:
        """The operation's name, or the path where the protocol has no name, as for SES."""
        if target := self.headers.get("X-Amz-Target"):
            return target.rpartition(".")[2]
        return parse_qs(self.body.decode())["Action"][0] if self.is_form else self.path


class AwsResponse(NamedTuple):
    """What the function gets."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class AwsCall(NamedTuple):
    """A call that the emulator has responded to."""

    function: str
    operation: str
    status: int


class InterceptedCall(NamedTuple):
    """A call in the proxy, what forwards it to AWS, and an event set when the fault ends."""

    request: AwsRequest
    forward: Callable[[], AwsResponse]
    ended: threading.Event


def refuse(code: str, status: int = 400) -> Action:
    """AWS responds with an error."""
    error = f"<Error><Code>{code}</Code><Message>Refused</Message></Error>"
    xml = f"<ErrorResponse>{error}</ErrorResponse>".encode()
    other = json.dumps({"__type": code, "message": "Refused"}).encode()
    headers = [("X-Amzn-ErrorType", code)]
    return lambda call: AwsResponse(status, headers, xml if call.request.is_form else other)


def hang(call: InterceptedCall) -> None:
    """AWS does nothing, and does not respond until the fault ends."""
    call.ended.wait(_TIMEOUT_SECONDS)


def lose_response(call: InterceptedCall) -> None:
    """AWS carries the call out, and its response is lost."""
    call.forward()


def kill_before(call: InterceptedCall) -> None:
    """The function is killed before its call reaches AWS."""
    for process in started_with(f"{_APP_ID}={call.request.app_id}"):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)


def kill_after(call: InterceptedCall) -> None:
    """The function is killed after AWS has carried its call out."""
    call.forward()
    kill_before(call)


class Interception:
    """An action in place of a function's calls of an operation: after `skip`, at most `times`."""

    def __init__(
        self, target: tuple[str, str], action: Action, skip: int, times: int | None
    ) -> None:
        self._target = target
        self._skip = skip
        self._times = times
        self._lock = threading.Lock()
        self.action = action
        self.ended = threading.Event()
        self.hits = 0

    def applies(self, request: AwsRequest) -> bool:
        """Whether it takes the place of a call; counts the call."""
        with self._lock:
            target = (request.function, request.operation)
            if target != self._target or self.hits == self._times:
                return False
            if self._skip:
                self._skip -= 1
                return False
            self.hits += 1
            return True


class FaultProxy:
    """Listens on a loopback port for the length of a block, while the emulator may restart."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._interceptions: list[Interception] = []
        self.calls: list[AwsCall] = []

    def __enter__(self) -> Self:
        self._server = _Server(self.handle)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self, function: str) -> dict[str, str]:
        """The variables with which a function calls AWS through the proxy, under its name."""
        port = self._server.server_port
        return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", _APP_ID: f"{function}.{port}"}

    @contextlib.contextmanager
    def inject(
        self,
        function: str,
        operation: str,
        action: Action,
        *,
        skip: int = 0,
        times: int | None = None,
    ) -> Iterator[Interception]:
        """Put an action in place of an operation of a function for the length of a block."""
        interception = Interception((function, operation), action, skip, times)
        self._interceptions.append(interception)
        try:
            yield interception
        finally:
            self._interceptions.remove(interception)
            interception.ended.set()

    def handle(self, request: AwsRequest) -> AwsResponse | None:
        """Forward a call, unless an interception applies."""

        def forward() -> AwsResponse:
            response = self._forward(request)
            self.calls.append(AwsCall(request.function, request.operation, response.status))
            return response

        interception = next(
            (each for each in (*self._interceptions,) if each.applies(request)), None
        )
        if interception is None:
            return forward()
        return interception.action(InterceptedCall(request, forward, interception.ended))

    def _forward(self, request: AwsRequest) -> AwsResponse:
        host = urlsplit(self._emulator.url).netloc
        connection = http.client.HTTPConnection(host, timeout=_TIMEOUT_SECONDS)
        with contextlib.closing(connection) as upstream:
            upstream.request("POST", request.path, request.body, request.headers)
            response = upstream.getresponse()
            headers = [
                each for each in response.getheaders() if each[0].lower() not in _HOP_HEADERS
            ]
            return AwsResponse(response.status, headers, response.read())


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handle: Callable[[AwsRequest], AwsResponse | None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.handle_call = handle

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: a process that is killed closes its connections."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        headers = dict(self.headers)
        app = _APP_IN_USER_AGENT.search(headers["User-Agent"])
        assert app is not None, headers["User-Agent"]
        body = self.rfile.read(int(headers["Content-Length"]))
        response = self.server.handle_call(AwsRequest(app[1], self.path, headers, body))
        if response is None:
            self.close_connection = True
            return
        self.send_response(response.status)
        for name, value in (*response.headers, ("Content-Length", str(len(response.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, *_: object) -> None:
        """Print nothing: `FaultProxy.calls` has more."""
