"""A proxy between a stack's functions and the emulator, which sees every AWS call of theirs and can spoil some."""

from __future__ import annotations

import contextlib
import http.client
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from local.emulator import Emulator

    # What becomes of a call, and the answer to give; None breaks the connection instead.
    Spoil = Callable[["Call", Callable[[], "Answer"], threading.Event], "Answer | None"]

# The SDK tells with every call what this variable holds.
CALLER = "AWS_SDK_UA_APP_ID"
PATIENCE_SECONDS = 60

_IN_USER_AGENT = re.compile(r"\bapp/([a-z]+\.\d+)")
_NOT_PASSED_ON = {"connection", "content-length", "date", "server", "transfer-encoding"}


class Call(NamedTuple):
    """A call on its way; `caller` is the function's short name and the proxy's port, as in `audit.40123`."""

    caller: str
    operation: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def function(self) -> str:
        """The function's short name."""
        return self.caller.partition(".")[0]

    @property
    def is_form(self) -> bool:
        """Whether it speaks the older protocol, of forms and XML, as SNS does."""
        return self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")


class Answer(NamedTuple):
    """What the function gets."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Seen(NamedTuple):
    """A call that the emulator has answered."""

    function: str
    operation: str
    status: int


class Rule:
    """Spoils the calls of a function to an operation: all but the first `spared`, and no more than `times`."""

    def __init__(
        self, about: tuple[str, str], spoil: Spoil, spared: int, times: int | None
    ) -> None:
        self._about = about
        self._spoil = spoil
        self._spared = spared
        self._times = times
        self._lock = threading.Lock()
        self.over = threading.Event()
        self.hits = 0

    def applies(self, call: Call) -> bool:
        """Whether it spoils a call; asking counts."""
        with self._lock:
            if (call.function, call.operation) != self._about or self.hits == self._times:
                return False
            if self._spared:
                self._spared -= 1
                return False
            self.hits += 1
            return True

    def answer(self, call: Call, forward: Callable[[], Answer]) -> Answer | None:
        """What the function gets instead."""
        return self._spoil(call, forward, self.over)


class FaultProxy:
    """Listens on a loopback port for the length of a `with` block, during which the emulator may stop and start."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._rules: list[Rule] = []
        self.seen: list[Seen] = []

    def __enter__(self) -> Self:
        self._server = _Server(self.answer)
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def environment(self, function: str) -> dict[str, str]:
        """The variables that make a function call through here, and under its name."""
        port = self._server.server_port
        return {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", CALLER: f"{function}.{port}"}

    @contextlib.contextmanager
    def spoiling(
        self,
        function: str,
        operation: str,
        spoil: Spoil,
        *,
        spared: int = 0,
        times: int | None = None,
    ) -> Iterator[Rule]:
        """Spoil an operation of a function for the length of a block."""
        rule = Rule((function, operation), spoil, spared, times)
        self._rules.append(rule)
        try:
            yield rule
        finally:
            self._rules.remove(rule)
            rule.over.set()

    def answer(self, call: Call) -> Answer | None:
        """Carry out a call, unless a rule wants otherwise."""
        rule = next((rule for rule in tuple(self._rules) if rule.applies(call)), None)
        return (
            self._forward(call) if rule is None else rule.answer(call, lambda: self._forward(call))
        )

    def _forward(self, call: Call) -> Answer:
        upstream = http.client.HTTPConnection(
            urlsplit(self._emulator.url).netloc, timeout=PATIENCE_SECONDS
        )
        with contextlib.closing(upstream):
            upstream.request("POST", call.path, call.body, call.headers)
            response = upstream.getresponse()
            headers = [
                (name, value)
                for name, value in response.getheaders()
                if name.lower() not in _NOT_PASSED_ON
            ]
            answer = Answer(response.status, headers, response.read())
        self.seen.append(Seen(call.function, call.operation, answer.status))
        return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer: Callable[[Call], Answer | None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: either side may end at any time, which closes the other's connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        answer = self.server.answer(self._call())
        if answer is None:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in (*answer.headers, ("Content-Length", str(len(answer.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Nothing: `FaultProxy.seen` tells more."""

    def _call(self) -> Call:
        headers = dict(self.headers)
        caller = _IN_USER_AGENT.search(headers["User-Agent"])
        assert caller is not None, headers["User-Agent"]
        call = Call(
            caller[1], "", self.path, headers, self.rfile.read(int(headers["Content-Length"]))
        )
        return call._replace(operation=_operation(call))


def _operation(call: Call) -> str:
    """The operation's name, or its path where the protocol has no name for it, as SES's has not."""
    if target := call.headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    return parse_qs(call.body.decode())["Action"][0] if call.is_form else call.path
