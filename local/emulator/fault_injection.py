"""Fault injection: an ASGI application between the guard and the emulator, and its fault table.

It acts on what the functions' code calls: the signature of a call names the process that has
made it. `local/emulator/environments.py` acts on invocations.
"""

from __future__ import annotations

import asyncio
import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from local.emulator.error_response import send_error
from local.emulator.guard import VERIFIED, read_body, replay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.emulator.guard import App, Message, Receive, Scope, Send, Verified

PATH: Final = "/_local/faults"
# How often a delay looks whether its fault has been removed.
_POLL_SECONDS = 0.1

# The error with which each service throttles, and its status.
_THROTTLING: Final = {
    "dynamodb": ("ThrottlingException", HTTPStatus.BAD_REQUEST),
    "ses": ("TooManyRequestsException", HTTPStatus.TOO_MANY_REQUESTS),
    "sns": ("Throttled", HTTPStatus.TOO_MANY_REQUESTS),
    "sqs": ("RequestThrottled", HTTPStatus.BAD_REQUEST),
}
_OTHER_THROTTLING: Final = ("ThrottlingException", HTTPStatus.BAD_REQUEST)


class Hop(NamedTuple):
    """A deployed function's invocations, or its calls of a service."""

    function: str
    service: str | None = None


class Injection(NamedTuple):
    """A fault's effect, and how long a delay is."""

    effect: str
    seconds: float


class FaultTable:
    """The injected faults; the server's thread changes it, and every thread reads it."""

    def __init__(self) -> None:
        self._faults: dict[Hop, Injection] = {}

    def get(self, hop: Hop) -> Injection | None:
        """Return the fault of a hop."""
        return self._faults.get(hop)

    def put(self, hop: Hop, injection: Injection) -> None:
        """Inject a fault, in place of another one at the same hop."""
        self._faults[hop] = injection

    def remove(self, hop: Hop) -> None:
        """Remove a fault."""
        self._faults.pop(hop, None)

    def rows(self) -> list[dict[str, Any]]:
        """Return every fault for JSON."""
        return [{**hop._asdict(), **fault._asdict()} for hop, fault in [*self._faults.items()]]

    def pauses(self, hop: Hop) -> Iterator[float]:
        """Yield the pauses of a hop's delay, as long as the fault is there."""
        fault = self.get(hop)
        if fault is None or fault.effect != "delay":
            return
        end = time.monotonic() + fault.seconds
        while (remaining := end - time.monotonic()) > 0 and self.get(hop) is fault:
            yield min(_POLL_SECONDS, remaining)


class Environment(Protocol):
    """A process of a function."""

    func_name: str

    def end(self) -> None:
        """Kill the process."""


class FaultInjector:
    """Wraps the emulator; serves the fault table to the root key, which the guard requires."""

    def __init__(
        self, app: App, table: FaultTable, environment: Callable[[str], Environment | None]
    ) -> None:
        """Wrap an application.

        Args:
            app: The emulator.
            table: The faults.
            environment: Returns the process of a function to which an access key was issued.
        """
        self._app = app
        self._table = table
        self._environment = environment

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with the fault of its hop."""
        verified: Verified | None = scope.get(VERIFIED)
        if verified is None:
            await self._app(scope, receive, send)
        elif scope["path"] == PATH:
            await self._serve(scope, receive, send)
        elif environment := self._environment(verified.signature.access_key_id):
            await self._call(environment, verified, (scope, receive, send))
        else:
            await self._app(scope, receive, send)

    async def _call(
        self, environment: Environment, verified: Verified, request: tuple[Scope, Receive, Send]
    ) -> None:
        """Act on a function's call of a service."""
        scope, receive, send = request
        service = verified.signature.parsed.service
        hop = Hop(environment.func_name, service)
        fault = self._table.get(hop)
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.effect == "refuse":
            code, status = _THROTTLING.get(service, _OTHER_THROTTLING)
            await send_error(verified.request, code, "Rate exceeded", send, status=status)
        elif fault.effect == "crash":
            await self._app(scope, receive, _discard)
            environment.end()
        else:
            messages, _ = await read_body(receive)
            if await self._delay(hop, receive):
                await self._app(scope, replay(messages, receive), send)

    async def _delay(self, hop: Hop, receive: Receive) -> bool:
        """Wait, and return whether the function is still waiting for a response."""
        disconnection = asyncio.ensure_future(receive())
        for pause in self._table.pauses(hop):
            await asyncio.wait([disconnection], timeout=pause)
            if disconnection.done():
                return False
        disconnection.cancel()
        return True

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """List the faults (GET), inject one (PUT), or remove one (DELETE)."""
        if scope["method"] in ("PUT", "DELETE"):
            fields = json.loads((await read_body(receive))[1])
            hop = Hop(fields["function"], fields["service"])
            if scope["method"] == "PUT":
                self._table.put(hop, Injection(fields["effect"], fields["seconds"]))
            else:
                self._table.remove(hop)
        body = json.dumps({"faults": self._table.rows()}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _discard(_message: Message) -> None:
    """Lose a response."""
